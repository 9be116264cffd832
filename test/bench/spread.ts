// llmp as workers on NATS and Redis.

import { limits } from '../../shared/limits.ts';
import { connectRedisStore } from '../../shared/store/redis.ts';
import type { Store } from '../../shared/store/store.ts';
import { lastingPort } from '../kit/lasting-port.ts';
import { startNatsServer, startRedisServer } from '../kit/servers.ts';
import { ready, startChild, type Child } from './processes.ts';

/** Workers of the stages that a request passes. */
export interface Workers {
  readonly ingress: number;
  readonly scrubber: number;
  /** With none, the scrubbers host policy. */
  readonly policy: number;
  readonly upstream: number;
}

export const ONE_EACH: Workers = { ingress: 1, scrubber: 1, policy: 1, upstream: 1 };
/** As docker-compose.yml starts them. */
export const COMPOSE: Workers = { ...ONE_EACH, policy: 0 };

export interface SpreadOptions {
  readonly env: Readonly<Record<string, string>>;
  /** Node options. */
  readonly flags: readonly string[];
  readonly workers?: Workers;
  /** Writes keys before the workers start. */
  readonly store: (store: Store) => Promise<void>;
}

export interface Spread {
  readonly url: string;
  /** Processes by stage or server. */
  readonly groups: ReadonlyMap<string, readonly Child[]>;
  readonly redisUrl: string;
  /** Where the broker says what it has delivered. */
  readonly brokerUrl: string;
}

/** Starts servers and workers, and waits until they are ready. */
export async function startSpread(
  stack: AsyncDisposableStack,
  { env, flags, workers = ONE_EACH, store }: SpreadOptions,
): Promise<Spread> {
  const monitor = await lastingPort();
  const monitoring = ['-m', String(monitor)];
  const broker = stack.use(await startNatsServer({ port: await lastingPort(), args: monitoring }));
  const redis = stack.use(await startRedisServer({ port: await lastingPort() }));
  await withStore(redis.url, store);
  const port = String(await lastingPort());
  const common = { ...env, NATS_URL: broker.url, REDIS_URL: redis.url };
  // The rag worker has nothing to do, but the ingress is ready only with all stages.
  const counts = { ...workers, rag: 1 };
  const started = (['upstream', 'rag', 'policy', 'scrubber', 'ingress'] as const).map((stage) => {
    const hosted = stage === 'scrubber' && counts.policy === 0 ? ['policy'] : [];
    const children = Array.from({ length: counts[stage] }, () => {
      // Workers choose the port of their health server.
      const workerEnv = { ...common, LLMP_PORT: port, LLMP_HEALTH_PORT: '0' };
      return startChild(stack, stage, ['services/main.ts', stage, ...hosted], {
        env: workerEnv,
        flags,
      });
    });
    return [stage, children] as const;
  });
  const url = `http://127.0.0.1:${port}`;
  const processes = started.flatMap(([, children]) => children.map((child) => child.process));
  await ready(`${url}/readyz`, processes);
  const groups = new Map<string, readonly Child[]>([
    ...started.toReversed(),
    ['nats', [{ name: 'nats', pid: broker.process.pid ?? 0 }]],
    ['redis', [{ name: 'redis', pid: redis.process.pid ?? 0 }]],
  ]);
  return { url, groups, redisUrl: redis.url, brokerUrl: `http://127.0.0.1:${monitor}` };
}

async function withStore(url: string, write: (store: Store) => Promise<void>): Promise<void> {
  await using store = await connectRedisStore({
    url,
    commandMs: limits.store.commandMs,
    retention: limits.store.ledger,
    onError: (error) => {
      throw error;
    },
  });
  await write(store);
}
