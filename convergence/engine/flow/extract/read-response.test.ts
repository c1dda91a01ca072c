import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findLink, judgeResponse, retryAfterMs } from './read-response.ts';

test('a link is found by its relation, whatever stands around it', () => {
  const header =
    '<https://x/a?b=1,2;3>; rel="prev first", </next>; title="a, <b>; rel=\\"no\\""; REL=Next; x, <z>; rel=last';
  assert.equal(findLink(header, 'next'), '/next');
  assert.equal(findLink(header, 'first'), 'https://x/a?b=1,2;3');
  assert.equal(findLink(header, 'last'), 'z');
  assert.equal(findLink(header, 'none'), null);
  assert.equal(findLink('<a>; rel="one"; rel="two"', 'two'), null);
  assert.equal(findLink('', 'next'), null);
});

test('the wait is in seconds, a date, or the reset of an empty quota', () => {
  const now = new Date('2026-01-01T00:00:00Z');
  const wait = (headers: Record<string, string>) => retryAfterMs(headers, now);
  assert.equal(wait({ 'retry-after': '120' }), 120_000);
  assert.equal(wait({ 'retry-after': '0' }), 0);
  assert.equal(wait({ 'retry-after': 'Thu, 01 Jan 2026 00:01:30 GMT' }), 90_000);
  assert.equal(wait({ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }), 0);
  assert.equal(wait({ 'retry-after': 'soon' }), null);
  assert.equal(wait({ 'ratelimit-remaining': '0', 'ratelimit-reset': '30' }), 30_000);
  const unix = String(now.getTime() / 1000 + 45);
  assert.equal(wait({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': unix }), 45_000);
  assert.equal(wait({ 'x-ratelimit-remaining': '7', 'x-ratelimit-reset': unix }), null);
  assert.equal(wait({}), null);
});

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
