#!/usr/bin/env node
'use strict';

require('base/run-bin.cjs').runBin({
  product: 'local-cloud',
  bin: __filename,
  main: () => import('./main.ts'),
});
