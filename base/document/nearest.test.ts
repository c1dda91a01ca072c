import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from './nearest.ts';

test('the nearest name is found through typing errors, and none where none is near', () => {
  const known = ['path', 'params', 'paginator', 'data_selector', 'primary_key'];
  const asked = ['pth', 'pagintaor', 'Primary-Key', 'data_selctor', 'parms', 'x', '', 'selector'];
  assert.deepEqual(
    asked.map((name) => nearest(name, known)),
    [
      'path',
      'paginator',
      'primary_key',
      'data_selector',
      'params',
      undefined,
      undefined,
      undefined,
    ],
  );
});
