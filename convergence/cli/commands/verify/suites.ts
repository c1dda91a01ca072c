import type { DeploymentCheck } from './deployment-check.ts';
import {
  answersProblems,
  describesApi,
  hidesItsInside,
  isAlive,
  isAliveSoon,
  isReady,
  keepsTime,
  namesItself,
  opensToOperator,
  protectsBrowsers,
  reachesDependencies,
  refusesStrangers,
  showsQueue,
} from './reading-checks.ts';
import { makesTenants, opensToKeys } from './writing-checks.ts';

export interface Suite {
  /** Says where the deployment is, unless `--url` does. */
  readonly variable: 'API_URL' | 'STAGING_URL' | 'PROD_URL';
  readonly checks: readonly DeploymentCheck[];
}

/** Ten each. What a check makes it takes away; those of production make nothing. */
export const SUITES = {
  local: {
    variable: 'API_URL',
    checks: [
      isAliveSoon,
      isReady,
      namesItself(),
      reachesDependencies,
      describesApi,
      refusesStrangers,
      answersProblems,
      opensToOperator,
      makesTenants,
      opensToKeys,
    ],
  },
  staging: {
    variable: 'STAGING_URL',
    checks: [
      isAlive,
      isReady,
      namesItself('staging'),
      keepsTime,
      reachesDependencies,
      describesApi,
      refusesStrangers,
      answersProblems,
      showsQueue,
      opensToKeys,
    ],
  },
  production: {
    variable: 'PROD_URL',
    checks: [
      isAlive,
      isReady,
      namesItself('production'),
      keepsTime,
      reachesDependencies,
      hidesItsInside,
      refusesStrangers,
      answersProblems,
      protectsBrowsers,
      opensToOperator,
    ],
  },
} as const satisfies Record<string, Suite>;
