import { readLeftovers } from './leftovers.ts';
import type { Leftovers } from './leftovers.ts';
import { SoakPlatform } from './soak-platform.ts';
import { SoakRuns } from './soak-runs.ts';
import { onboardTenant } from './soak-tenant.ts';
import type { SoakTenant } from './soak-tenant.ts';

export interface SoakOrder {
  /** The one that floods included. */
  readonly tenants: number;
  readonly floodRuns: number;
}

export interface SoakReport {
  /** Milliseconds from a trigger to the first step of its run, of all tenants but the one. */
  readonly quietMs: readonly number[];
  readonly floodMs: readonly number[];
  /** Runs of the one that had not ended when those of the others had. */
  readonly stillOpen: number;
  readonly leftovers: Leftovers;
}

/**
 * All tenants but one run a pipeline each: when it is quiet, then behind the first half of a flood
 * of the one, then while its other half comes and worker, API and database are killed. Waits until
 * all has ended, and gives what is left of it.
 */
export async function runSoak({ tenants, floodRuns }: SoakOrder): Promise<SoakReport> {
  const platform = await SoakPlatform.start();
  try {
    const flooder = await onboardTenant(platform, 'flooder');
    const others = await Promise.all(
      Array.from({ length: tenants - 1 }, (_, nr) => onboardTenant(platform, `tenant_${nr}`)),
    );
    const runs = new SoakRuns(platform);
    // The first run of a tenant also makes its tables.
    await runs.finish([flooder, ...others]);
    const quietMs = await runs.finish(others);
    await runs.flood(flooder, Math.floor(floodRuns / 2));
    const floodMs = await runs.finish(others);
    const stillOpen = await runs.countOpen([flooder]);
    const killed = { runs, flooder, others, floodRuns: Math.ceil(floodRuns / 2) };
    await killEach(platform, killed);
    await platform.endLeases();
    await runs.untilEnded([flooder, ...others]);
    const leftovers = await readLeftovers(platform, [flooder, ...others], runs.admitted);
    return { quietMs, floodMs, stillOpen, leftovers };
  } finally {
    await platform.remove();
  }
}

interface UnderFire {
  readonly runs: SoakRuns;
  readonly flooder: SoakTenant;
  readonly others: readonly SoakTenant[];
  readonly floodRuns: number;
}

/** Each dies when half of a third of the flood is there, and the rest and all others are coming. */
async function killEach(platform: SoakPlatform, fire: UnderFire): Promise<void> {
  const { runs, flooder, others, floodRuns } = fire;
  const kills = [
    () => platform.killWorker(),
    () => platform.killApi(),
    () => platform.killDatabase(),
  ];
  for (const [nr, kill] of kills.entries()) {
    const count = Math.floor((floodRuns * (nr + 1)) / 3) - Math.floor((floodRuns * nr) / 3);
    await runs.flood(flooder, count, async () => {
      await Promise.all([kill(), runs.trigger(others)]);
    });
  }
}
