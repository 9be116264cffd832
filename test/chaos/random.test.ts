// A random schedule of faults under a steady load. `npm run test:chaos -- --seed N --minutes M` repeats one.

import { expect, it } from 'vitest';
import { limits } from '../../shared/limits.ts';
import { describeWith } from '../kit/describe-with.ts';
import { expectAccounts } from './kit/accounts.ts';
import { pause, startLoad } from './kit/load.ts';
import { perform } from './kit/perform.ts';
import { describeStep, drawSchedule } from './kit/schedule.ts';
import { note, noteErrors, openWorld, rowOf } from './kit/world.ts';

const SEED = Number(process.env['CHAOS_SEED'] ?? 1);
const MINUTES = Number(process.env['CHAOS_MINUTES'] ?? 0.25);
const SIZE = { streams: 24, calls: 8, isPersonal: true };
const WARM_UP_MS = 2_000;
const AFTER_MS = 3_000;

describeWith('redis-server')('a gateway under random faults', () => {
  it(
    `loses nothing silently: npm run test:chaos -- --seed ${SEED} --minutes ${MINUTES}`,
    { timeout: MINUTES * 60_000 + 240_000 },
    async () => {
      const name = `random, seed ${SEED}`;
      const steps = drawSchedule(SEED, MINUTES * 60_000);
      note(`${name}: ${steps.map(describeStep).join('; ')}`);
      await using world = await openWorld({ redis: true, keyLimits: { usdPerMonth: 100_000 } });
      const { cluster, upstream } = world;
      const load = startLoad(world.target, SIZE);
      await pause(WARM_UP_MS);
      const performed = await perform(world, steps, () => [...load.open]);
      await pause(AFTER_MS);
      const outcomes = await load.stop();
      const isRedispatch = ({ msg }: Readonly<Record<string, unknown>>) =>
        msg === 'request dispatched again';
      const redispatched = cluster.ingress.log.filter(isRedispatch).length;
      const row = rowOf(name, outcomes, redispatched, world);
      note(row);
      noteErrors(name, outcomes);
      for (const child of cluster.processes) {
        const { wallMs, cpuMs } = child.loopDelay();
        note(`${name}: ${child.name}: event loop delayed for ${wallMs} ms, ${cpuMs} ms of CPU`);
      }
      expect(row).toMatchObject({ corrupt: 0, hung: 0, truncated: 0, foreign: 0 });
      expect(row.mostCalls).toBeLessThanOrEqual(limits.pipeline.upstreamAttemptsMax);
      expect(upstream).toMatchObject({ damagedCount: 0, leakedCount: 0 });
      // Only an ingress that is killed resets connections.
      const isReset = row.connectionRefused + row.resets > 0;
      expect(isReset && performed.ingressKilledAtMs.length === 0).toBe(false);
      expect(cluster.processes.flatMap(({ crash }) => crash ?? [])).toEqual([]);
      await expectAccounts(world, name, outcomes, performed.ingressKilledAtMs);
      // It has recovered: everything is served again.
      const last = startLoad(world.target, SIZE);
      await pause(AFTER_MS);
      const recovered = await last.stop();
      expect(recovered.filter(({ verdict }) => verdict !== 'completed')).toEqual([]);
    },
  );
});
