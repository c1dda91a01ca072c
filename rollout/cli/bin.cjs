#!/usr/bin/env node
'use strict';

require('base/run-bin.cjs').runBin({
  product: 'Rollout',
  bin: __filename,
  main: () => import('./main.ts'),
});
