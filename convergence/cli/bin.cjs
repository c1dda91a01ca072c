#!/usr/bin/env node
'use strict';

// DuckDB's queries occupy libuv's threads: with 4, four long queries stop every file read.
process.env.UV_THREADPOOL_SIZE ??= '16';

require('base/run-bin.cjs').runBin({
  product: 'Convergence',
  bin: __filename,
  main: () => import('./main.ts'),
});
