import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderModels } from './model-graph.ts';

const model = (name: string, ...reads: string[]) => ({
  name,
  file: `transforms/${name}.sql`,
  reads,
});
const namesOf = (models: readonly { name: string }[]) => models.map(({ name }) => name);

test('models come after those that they read, and otherwise by file', () => {
  const models = [
    model('d', 'C', 'orders'),
    model('c', 'a', '_quarantine'),
    model('b', 'b', 'Orders'),
    model('a', 'orders'),
  ];
  assert.deepEqual(namesOf(orderModels(models, ['orders'])), ['a', 'b', 'c', 'd']);
  const backwards = [model('a', 'z'), model('z')];
  assert.deepEqual(namesOf(orderModels(backwards, [])), ['z', 'a']);
});

test('a circle is named', () => {
  const models = [model('a', 'b'), model('b', 'c'), model('c', 'B'), model('d', 'a')];
  assert.throws(() => orderModels(models, []), {
    code: 'transform_cycle',
    message:
      'transforms read each other in a circle: transforms/b.sql -> transforms/c.sql -> transforms/b.sql',
  });
});

test('all unknown tables are told at once', () => {
  const models = [model('a', 'ordrs', 'b'), model('b', 'elsewhere')];
  assert.throws(() => orderModels(models, ['orders']), {
    code: 'sql_invalid',
    message:
      "transforms/a.sql: there is no table 'ordrs'; did you mean 'orders'?\n" +
      "transforms/b.sql: there is no table 'elsewhere'",
  });
});

test('a name belongs to one file, and not to the product', () => {
  const twice = [model('a'), { ...model('A'), file: 'transforms/sub/A.sql' }];
  assert.throws(() => orderModels(twice, []), { code: 'config_invalid', message: /same table/ });
  for (const name of ['_quarantine', '_convergence_loads', '_staging_x']) {
    assert.throws(() => orderModels([model(name)], []), { code: 'config_invalid' });
  }
});
