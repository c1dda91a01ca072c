import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { GoogleSql } from 'googlesql/googlesql.ts';
import { AppError } from 'base/error.ts';
import { checkExpression, checkSelect } from './select-gate.ts';

/** SQL, and the tables that it reads. */
const QUERIES: [string, string[]][] = [
  ['SELECT 1', []],
  ['SELECT * FROM orders', ['orders']],
  [
    'select o.id from `orders` as o, customers c join items using (id), more',
    ['orders', 'customers', 'items', 'more'],
  ],
  [
    'WITH a AS (SELECT * FROM x), b AS (SELECT * FROM a) SELECT * FROM b JOIN y ON b.i = y.i',
    ['x', 'y'],
  ],
  ['WITH orders AS (SELECT * FROM orders) SELECT * FROM orders', ['orders']],
  [
    'WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT * FROM n',
    [],
  ],
  [
    'SELECT ARRAY(SELECT x FROM o.items AS x), (SELECT max(i) FROM z) FROM orders o, o.items',
    ['z', 'orders'],
  ],
  [
    'SELECT EXTRACT(DAY FROM made_at), a IS DISTINCT FROM b, a IS NOT DISTINCT FROM b FROM t',
    ['t'],
  ],
  [
    'SELECT \'FROM nowhere\', r\'\\\' FROM a\', """from b""" FROM t -- FROM c\n# FROM d\n/* FROM e */',
    ['t'],
  ],
  ['SELECT * FROM (SELECT * FROM a) s JOIN (b CROSS JOIN c) ON TRUE', ['a', 'b', 'c']],
  [
    'SELECT x FROM UNNEST([1, 2]) AS x WITH OFFSET AS place, t WHERE x IN (SELECT i FROM u)',
    ['t', 'u'],
  ],
  ['(SELECT a FROM t) UNION ALL (SELECT b FROM u) ORDER BY 1', ['t', 'u']],
  [
    'SELECT * EXCEPT (a) FROM t WHERE b IN (SELECT b FROM u GROUP BY b HAVING count(*) > 1), c',
    ['t', 'u'],
  ],
  ['SELECT sum(a) OVER w FROM t WINDOW w AS (PARTITION BY b ORDER BY c), v AS (w)', ['t']],
  ['SELECT * FROM `two words` AS `x y`, `x y`.items;\n;', ['two words']],
  ['SELECT * FROM t FOR SYSTEM_TIME AS OF made, u', ['t', 'u']],
];

describe('the tables of a SELECT', () => {
  for (const [sql, tables] of QUERIES) {
    test(sql, () => assert.deepEqual(checkSelect({ sql }).tables.toSorted(), tables.toSorted()));
  }
});

describe('as Google reads them', () => {
  let googleSql: GoogleSql;
  before(async () => {
    const started = await GoogleSql.start();
    assert.ok(started, 'npm ci installs @fivetrandevelopers/zetasql');
    googleSql = started;
  });
  after(() => googleSql.close());

  // The parser cannot tell CTEs and columns from tables, so ours are among its own.
  for (const [sql, tables] of QUERIES.filter(([sql]) => !sql.includes('), c'))) {
    test(sql, async () => {
      const statements = await googleSql.parse(checkSelect({ sql }).sql);
      const paths = statements.flatMap(({ paths }) => paths.map(({ names }) => names.join('.')));
      assert.deepEqual(
        tables.filter((table) => !paths.includes(table)),
        [],
      );
    });
  }
});

/** SQL, the code and the first line of the refusal. */
const REFUSED: [string, string, string][] = [
  ['', 'sql_invalid', 'there is no statement, expected a SELECT'],
  ['DELETE FROM orders', 'sql_forbidden', 'line 1, column 1: only SELECT is allowed'],
  ['DECLARE x INT64', 'sql_forbidden', 'line 1, column 1: only SELECT is allowed'],
  [
    'SELECT 1; DROP TABLE orders',
    'sql_forbidden',
    'there are several statements, expected one SELECT',
  ],
  ['SELECT 1)', 'sql_invalid', 'line 1, column 1: a parenthesis is open, or closes nothing'],
  [
    'SELECT *\nFROM other.orders',
    'sql_forbidden',
    'line 2, column 6: other.orders is outside the dataset of the tenant',
  ],
  [
    'SELECT * FROM `p.other.orders`',
    'sql_forbidden',
    'line 1, column 15: p.other.orders is outside the dataset of the tenant',
  ],
  [
    'SELECT * FROM my-project.other.orders',
    'sql_forbidden',
    'line 1, column 15: my-project.other.orders is outside the dataset of the tenant',
  ],
  [
    'SELECT * FROM INFORMATION_SCHEMA.TABLES',
    'sql_forbidden',
    'line 1, column 15: INFORMATION_SCHEMA.TABLES is outside the dataset of the tenant',
  ],
  [
    'SELECT * FROM `region-us`.INFORMATION_SCHEMA.JOBS',
    'sql_forbidden',
    'line 1, column 15: region-us.INFORMATION_SCHEMA.JOBS is outside the dataset of the tenant',
  ],
  [
    'SELECT * FROM __TABLES__',
    'sql_forbidden',
    "line 1, column 15: '__TABLES__' is no table of the tenant",
  ],
  [
    'SELECT * FROM `orders_*`',
    'sql_forbidden',
    "line 1, column 15: 'orders_*' is no table of the tenant",
  ],
  [
    "SELECT * FROM EXTERNAL_QUERY('c', 'SELECT 1')",
    'sql_forbidden',
    'line 1, column 15: the function EXTERNAL_QUERY is not allowed',
  ],
  [
    'SELECT * FROM ML.PREDICT(MODEL m, TABLE orders)',
    'sql_forbidden',
    'line 1, column 15: the function ML.PREDICT is not allowed',
  ],
  [
    'SELECT * FROM APPENDS(TABLE orders, NULL, NULL)',
    'sql_forbidden',
    'line 1, column 15: the table function APPENDS is not allowed',
  ],
  ['SELECT other.f(1)', 'sql_forbidden', 'line 1, column 8: the function other.f is not allowed'],
  [
    "SELECT AI.GENERATE('x')",
    'sql_forbidden',
    'line 1, column 8: the function AI.GENERATE is not allowed',
  ],
  [
    'SELECT session_user()',
    'sql_forbidden',
    'line 1, column 8: the function SESSION_USER is not allowed',
  ],
  [
    'SELECT @@project_id',
    'sql_forbidden',
    'line 1, column 8: a variable or parameter is not allowed',
  ],
  [
    'SELECT /* FROM */ 1 FROM other.`x` -- ;',
    'sql_forbidden',
    'line 1, column 26: other.x is outside the dataset of the tenant',
  ],
];

describe('what a tenant may not run', () => {
  for (const [sql, code, message] of REFUSED) {
    test(sql, () =>
      assert.deepEqual(
        refusalOf(() => checkSelect({ sql })),
        [code, message],
      ),
    );
  }
  const expressions: [string, string, string][] = [
    ['1) FROM t WHERE (1', 'sql_invalid', "'1) FROM t WHERE (1' is not one expression"],
    ['a; b', 'sql_invalid', "'a; b' is not one expression"],
    // Of two conditions in one statement, the text that one leaves open would end in the other.
    ["a = '''", 'sql_invalid', "line 1, column 5: what begins with ''' has no end"],
    [`a = '''b\\'''`, 'sql_invalid', "line 1, column 5: what begins with ''' has no end"],
    ['a /* b', 'sql_invalid', 'line 1, column 3: what begins with /* has no end'],
    ["a = 'b\\'", 'sql_invalid', "line 1, column 5: what begins with ' has no end"],
    ['-- nothing', 'sql_invalid', "'-- nothing' is not one expression"],
    ['(SELECT TRUE)', 'sql_forbidden', "'(SELECT TRUE)' contains a subquery"],
    ['EXISTS(FROM t)', 'sql_forbidden', "'EXISTS(FROM t)' contains a subquery"],
    ['SUM(a) OVER () > 1', 'sql_forbidden', "'SUM(a) OVER () > 1' contains a window function"],
  ];
  for (const [sql, code, message] of expressions) {
    test(sql, () =>
      assert.deepEqual(
        refusalOf(() => checkExpression(sql)),
        [code, message],
      ),
    );
  }
  test('an expression over columns passes', () => {
    for (const sql of [
      "a > 1 AND b.c = 'x;('",
      'EXTRACT(DAY FROM d) = 1',
      'a IS DISTINCT FROM b',
      'NET.HOST(u) IS NULL',
    ]) {
      checkExpression(sql);
    }
  });
});

function refusalOf(work: () => unknown): unknown[] {
  try {
    work();
    return [];
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return [error.code, error.message.split('\n')[0]];
  }
}
