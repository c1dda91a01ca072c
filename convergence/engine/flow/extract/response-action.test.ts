import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeResponse } from './response-action.ts';

test('statuses are judged when no action matches', () => {
  const verdicts = [200, 204, 400, 401, 403, 404, 408, 425, 429, 500, 503].map((status) =>
    judgeResponse(status, '', []),
  );
  assert.deepEqual(
    verdicts.join(' '),
    'accept accept refuse authenticate authenticate refuse retry retry retry retry retry',
  );
});

test('the first action that matches in all it says decides', () => {
  const actions = [
    { status_code: 404, content: 'gone', action: 'ignore' as const },
    { status_code: 404, action: 'retry' as const },
    { content: 'broken', action: 'raise' as const },
    { action: 'ignore' as const },
  ];
  assert.equal(judgeResponse(404, 'it is gone', actions), 'ignore');
  assert.equal(judgeResponse(404, 'not here', actions), 'retry');
  assert.equal(judgeResponse(200, 'broken', actions), 'raise');
  assert.equal(judgeResponse(200, 'fine', actions), 'accept');
});
