// Performs a schedule on a running world. Steps at the same part follow one another; others overlap.

import type { ChaosClient } from './client.ts';
import type { GatewayProcess } from './gateway-process.ts';
import { pause } from './load.ts';
import type { Step } from './schedule.ts';
import type { World } from './world.ts';

export interface Performed {
  /** Clients that left. */
  readonly left: readonly ChaosClient[];
  /** When the ingress was killed. */
  readonly ingressKilledAtMs: readonly number[];
}

/** @param open clients that wait for their response */
export async function perform(
  world: World,
  steps: readonly Step[],
  open: () => readonly ChaosClient[],
): Promise<Performed> {
  const { cluster, upstream } = world;
  const left: ChaosClient[] = [];
  const ingressKilledAtMs: number[] = [];
  const queues = new Map<string, Promise<void>>();
  const inTurn = (part: string, run: () => Promise<void>): void => {
    queues.set(part, (queues.get(part) ?? Promise.resolve()).then(run));
  };
  const restart = async (part: GatewayProcess, forMs: number) => {
    await part.kill();
    await pause(forMs);
    await part.start();
  };
  const halt = async (part: GatewayProcess, forMs: number) => {
    part.pause();
    await pause(forMs);
    part.resume();
  };
  const begin = ({ action, forMs }: Step): void => {
    switch (action.kind) {
      case 'kill':
      case 'pause': {
        const worker = cluster.worker(action.stage, action.nth);
        const run = action.kind === 'kill' ? restart : halt;
        return inTurn(worker.name, () => run(worker, forMs));
      }
      case 'rolling restart':
        // One after another, each in turn with its other steps.
        return inTurn('rolling', async () => {
          for (const worker of cluster.workers) {
            inTurn(worker.name, async () => {
              await worker.stop();
              await worker.start();
            });
            await queues.get(worker.name);
          }
        });
      case 'kill broker':
        return inTurn('broker', async () => {
          await cluster.killBroker();
          await pause(forMs);
          await cluster.restartBroker();
        });
      case 'pause broker':
        return inTurn('broker', async () => {
          cluster.pauseBroker();
          await pause(forMs);
          cluster.resumeBroker();
        });
      case 'kill redis':
        return inTurn('redis', async () => {
          await cluster.killRedis();
          await pause(forMs);
          await cluster.restartRedis();
        });
      case 'pause redis':
        return inTurn('redis', async () => {
          cluster.pauseRedis();
          await pause(forMs);
          cluster.resumeRedis();
        });
      case 'kill ingress':
        return inTurn('ingress', async () => {
          ingressKilledAtMs.push(Date.now());
          await restart(cluster.ingress, forMs);
        });
      case 'pause ingress':
        return inTurn('ingress', () => halt(cluster.ingress, forMs));
      case 'drop upstream':
        return void upstream.drop();
      case 'clients leave':
        for (const client of open().slice(0, action.count)) {
          left.push(client);
          client.disconnect();
        }
    }
  };
  const startedMs = performance.now();
  for (const step of steps) {
    await pause(Math.max(0, startedMs + step.atMs - performance.now()));
    begin(step);
  }
  await queues.get('rolling');
  await Promise.all(queues.values());
  return { left, ingressKilledAtMs };
}
