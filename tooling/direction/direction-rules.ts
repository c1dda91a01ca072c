/**
 * Who may import whom. A rule forbids imports from a path that matches `from` (and not `fromNot`) to
 * a path or package that matches `to` (and not `toNot`); `$1` in those stands for what the first
 * group of `from` matched.
 */
export interface DirectionRule {
  readonly name: string;
  readonly because: string;
  readonly from: string;
  readonly fromNot?: string;
  readonly to: string;
  readonly toNot?: string;
}

const PRODUCTS = 'convergence|rollout|local-cloud';
const DOORS = 'server|cli|console|dashboard|demo';
const STAGES = 'extract|normalize|check|publish|transform';
const TESTS = String.raw`\.(test|fake|conformance)\.tsx?$|^convergence/testing/`;
const WIRES = String.raw`/(main|wire)\.ts$`;
const IO_MODULES =
  'fs|net|tls|http|https|http2|dgram|dns|child_process|cluster|worker_threads|sqlite|readline|inspector';
/** Pure libraries: they compute and reach nothing. YAML is read in base. */
const CONVERGENCE_PACKAGES = String.raw`zod|croner|ipaddr\.js`;
const ROLLOUT_PACKAGES = 'zod';
const ROLLOUT_ROOMS =
  'service <- plan <- apply, contract, judge <- rollout <- report: earlier rooms do not know later ones';

export const directionRules: readonly DirectionRule[] = [
  {
    name: 'base-knows-no-product',
    because: 'base is what the products share; a product in it would join them',
    from: '^base/',
    to: String.raw`^(?!base/|node:|npm:)`,
  },
  {
    name: 'products-apart',
    because: 'products meet only over the wire, so that each can be taken away',
    from: `^(${PRODUCTS})/`,
    to: `^(${PRODUCTS})/`,
    toNot: '^$1/',
  },
  {
    name: 'local-cloud-on-base',
    because: 'it stands in for Google, and Google knows nothing of this repository',
    from: '^local-cloud/',
    to: `^(?!(${PRODUCTS}|base|googlesql)/|node:|npm:)`,
  },
  {
    name: 'googlesql-alone',
    because: 'it is a library around ZetaSQL, and knows nothing of who uses it',
    from: '^googlesql/',
    to: '^(?!googlesql/|node:|npm:)',
  },
  {
    name: 'engine-without-outside',
    because: 'an engine decides; adapters and doors do, and depend on it',
    from: `^(${PRODUCTS})/engine/`,
    fromNot: TESTS,
    to: `^((${PRODUCTS})/(?!engine/)|googlesql/)`,
  },
  {
    name: 'engine-without-io',
    because: 'what only computes can be tested without the world, and run anywhere',
    from: `^(${PRODUCTS})/engine/`,
    fromNot: TESTS,
    to: `^node:(${IO_MODULES})(/|$)`,
  },
  {
    name: 'engine-without-io',
    because: 'what only computes can be tested without the world, and run anywhere',
    from: '^convergence/engine/',
    fromNot: TESTS,
    to: `^npm:(?!(${CONVERGENCE_PACKAGES})$)`,
  },
  {
    name: 'engine-without-io',
    because: 'what only computes can be tested without the world, and run anywhere',
    from: '^rollout/engine/',
    fromNot: TESTS,
    to: `^npm:(?!(${ROLLOUT_PACKAGES})$)`,
  },
  {
    name: 'adapters-apart',
    because: 'an outside system can be replaced only while no other adapter leans on its adapter',
    from: `^((?:${PRODUCTS})/adapters/[^/]+)/`,
    fromNot: TESTS,
    to: `^(${PRODUCTS})/(adapters|${DOORS})/`,
    toNot: '^$1/',
  },
  {
    name: 'db-below-adapters',
    because: 'migrations must run before anything else can',
    from: `^(${PRODUCTS})/db/`,
    fromNot: TESTS,
    to: `^(${PRODUCTS})/(adapters|${DOORS})/`,
  },
  {
    name: 'wire-chooses-adapters',
    because: 'one place per door decides what it runs on; the rest sees ports',
    from: `^(?:${PRODUCTS})/(${DOORS})/`,
    fromNot: `${TESTS}|${WIRES}`,
    to: `^(${PRODUCTS})/(adapters|db)/`,
  },
  {
    name: 'doors-apart',
    because:
      'doors meet in the contract of the API; a wire may start another, the demo plays on all',
    from: `^((?:${PRODUCTS})/(?:${DOORS}))/`,
    fromNot: `${TESTS}|${WIRES}|/demo/`,
    to: `^(${PRODUCTS})/(${DOORS})/`,
    toNot: String.raw`^$1/|/server/api/contract(/|[.-])`,
  },
  {
    name: 'stages-apart',
    because: 'stages of the flow meet in the values they pass, so that each can be read alone',
    from: `^convergence/engine/flow/(${STAGES})/`,
    to: `^convergence/engine/flow/(${STAGES})/`,
    toNot: '^convergence/engine/flow/$1/',
  },
  {
    name: 'page-knows-the-contract',
    because: 'a page in the browser has the contract of its API and nothing else',
    from: '^((?:convergence/console|rollout/dashboard))/',
    to: '^(?!node:|npm:)',
    toNot: String.raw`^$1/|/server/api/contract(/|[.-])`,
  },
  {
    name: 'rooms-one-way',
    because: 'tenant <- pipeline <- flow <- run: earlier rooms do not know later ones',
    from: '^convergence/engine/tenant/',
    to: '^convergence/engine/(pipeline|flow|run)/',
  },
  {
    name: 'rooms-one-way',
    because: 'tenant <- pipeline <- flow <- run: earlier rooms do not know later ones',
    from: '^convergence/engine/pipeline/',
    to: '^convergence/engine/(flow|run)/',
  },
  {
    name: 'rooms-one-way',
    because: 'tenant <- pipeline <- flow <- run: earlier rooms do not know later ones',
    from: '^convergence/engine/flow/',
    to: '^convergence/engine/run/',
  },
  {
    name: 'rooms-one-way',
    because: 'a run does not know who is told of it',
    from: '^convergence/engine/(tenant|pipeline|flow|run)/',
    to: '^convergence/engine/event/',
  },
  {
    name: 'rooms-one-way',
    because: ROLLOUT_ROOMS,
    from: '^rollout/engine/service/',
    to: '^rollout/engine/(plan|apply|contract|judge|rollout|report)/',
  },
  {
    name: 'rooms-one-way',
    because: ROLLOUT_ROOMS,
    from: '^rollout/engine/plan/',
    to: '^rollout/engine/(apply|contract|judge|rollout|report)/',
  },
  {
    name: 'rooms-one-way',
    because: ROLLOUT_ROOMS,
    from: '^rollout/engine/(apply|contract|judge)/',
    to: '^rollout/engine/(rollout|report)/',
  },
  {
    name: 'rooms-one-way',
    because: ROLLOUT_ROOMS,
    from: '^rollout/engine/rollout/',
    to: '^rollout/engine/report/',
  },
  {
    name: 'rooms-beside',
    because: 'writing, comparing contracts and judging meet only in the rollout that uses them',
    from: '^rollout/engine/(apply|contract|judge)/',
    to: '^rollout/engine/(apply|contract|judge)/',
    toNot: '^rollout/engine/$1/',
  },
  {
    name: 'product-without-tests',
    because: 'what only tests use must not ship',
    from: `^(base|${PRODUCTS})/`,
    fromNot: TESTS,
    to: TESTS,
  },
];
