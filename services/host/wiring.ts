// From configuration to a running process: chooses the adapters, builds the workers named, opens the
// door, and takes all of it down in the order that loses nothing.

import { createEmbeddedBus } from '../../shared/bus/embedded.ts';
import type { Bus } from '../../shared/bus/bus.ts';
import { createLocalFirstBus } from '../../shared/bus/local-first.ts';
import { systemClock, type Clock } from '../../shared/runtime/clock.ts';
import { createEvents, type Events } from '../../shared/events.ts';
import type { Limits } from '../../shared/limits.ts';
import type { Log } from '../../shared/log.ts';
import { Runner } from '../../shared/pipeline/runner.ts';
import type { HostedStages } from '../../shared/protocol/stage.ts';
import type { Config } from '../config/config.ts';
import { firstKey, type FirstKey } from './first-key.ts';
import { startHealth } from './health.ts';
import type { IngressOptions } from '../ingress/ingress.ts';
import { leave } from './shutdown.ts';
import { openQueue } from './open-queue.ts';
import { openStore } from './open-store.ts';
import { buildStages } from './stages.ts';
import { whenReachable } from './when-reachable.ts';

export const VERSION = '0.1.0';

export interface Running {
  /** Base URL of the ingress, or of the health door where there is none. */
  readonly url: string;
  readonly firstKey: FirstKey | undefined;
  /** Resolves, with the reason, when this process cannot be of use any more and should end. */
  readonly failed: Promise<unknown>;
  /**
   * Finishes what is open until `hurry` aborts or the drain time is over, then stops. Rejects when
   * something of it failed, or did not end within `limits.leaveMs` more.
   */
  stop(hurry?: AbortSignal): Promise<void>;
}

export interface Replacements {
  readonly clock?: Clock;
  /** A bus that others share, in place of the one the configuration asks for. */
  readonly bus?: Bus;
  /** Bounds in place of the configured ones. */
  readonly limits?: Partial<Limits>;
  /** Stages in place of the built ones. */
  readonly stages?: HostedStages;
}

/** Starts what the configuration names. Rejects when an adapter or port cannot be had. */
export async function start(
  configured: Config,
  log: Log,
  replaced: Replacements = {},
): Promise<Running> {
  const config = { ...configured, limits: { ...configured.limits, ...replaced.limits } };
  const clock = replaced.clock ?? systemClock;
  const events = createEvents(log);
  const failed = Promise.withResolvers<unknown>();
  const waiting = { clock, waitMs: config.limits.startWaitMs, events };
  const atStart = <Opened>(open: () => Promise<Opened>) => whenReachable(open, waiting);
  // Disposed in reverse: the door before the workers, the workers before the bus.
  const stack = new AsyncDisposableStack();
  try {
    let lostAtMs: number | undefined;
    const told: Events = {
      ...events,
      busConnection(state, address) {
        events.busConnection(state, address);
        lostAtMs = state === 'lost' ? clock.monotonic() : undefined;
      },
    };
    const connect = () => openBus(config, clock, told, failed.resolve);
    const bus = stack.use(replaced.bus ?? (await atStart(connect)));
    const store = shared(() => openStore(config, events.onError), stack);
    const queue = shared(() => openQueue(config, clock, events.onError), stack);
    const ports = { clock, bus, events, store, queue };
    if (needsStore(config)) await atStart(store);
    const built = await buildStages(config, { ...ports, atStart }, stack);
    const stages = { ...built.stages, ...replaced.stages };
    const { limits } = config;
    const { onError } = events;
    const runner = await Runner.start({ bus, clock, limits, stages, onError });
    const door = config.workers.includes('ingress')
      ? await openIngress(config, { ...ports, store: await store() })
      : await openHealth(config, bus, stack);
    events.started({
      version: VERSION,
      workers: config.workers,
      url: door.url,
      bus: config.nats ? 'nats' : 'embedded',
      ...(config.workers.includes('upstream') ? { upstream: upstreamName(config) } : {}),
      ...(door.firstKey ? { firstKeyFile: door.firstKey.path } : {}),
    });
    return {
      url: door.url,
      firstKey: door.firstKey,
      failed: failed.promise,
      async stop(hurry) {
        door.publish();
        await leave({
          clock,
          limits,
          lameDuckMs: config.workers.includes('ingress') ? limits.lameDuckMs : 0,
          hurry,
          cutOffMs: () => (lostAtMs === undefined ? 0 : clock.monotonic() - lostAtMs),
          drains: [
            ['requests', (signal) => door.drain(signal)],
            ['rooms', (signal) => runner.drain(signal)],
            ['documents', (signal) => built.drain(signal)],
          ],
          close: () => stack.disposeAsync(),
          onError: events.onError,
          overdue: events.overdue,
        });
        events.stopped();
      },
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** What answers requests in the end, in words for people. */
export function upstreamName({ upstream }: Config): string {
  switch (upstream.kind) {
    case 'simulator':
      return 'built-in simulator (no model behind it)';
    case 'http':
      return upstream.url;
    case 'pool':
      return upstream.pool.upstreams.map(({ name, url }) => `${name} (${url})`).join(', ');
  }
}

/** The upstream worker answers without a store, too, and opens it for the first answer it may cache. */
function needsStore({ workers, redisUrl }: Config): boolean {
  return workers.includes('ingress') || (workers.includes('rag') && redisUrl !== null);
}

async function openBus(
  config: Config,
  clock: Clock,
  events: Events,
  ended: (reason: unknown) => void,
): Promise<Bus> {
  const local = createEmbeddedBus({ onError: events.onError });
  if (!config.nats) return local;
  // Its client costs memory, which a gateway of one process should not pay for.
  const { connectNatsBus } = await import('../../shared/bus/nats.ts');
  const network = await connectNatsBus({
    ...config.nats,
    name: `llmp ${config.workers.join(' ')}`,
    role: config.workers.length === 1 ? String(config.workers[0]) : 'llmp',
    version: VERSION,
    internal: config.internal,
    clock,
    limits: config.limits,
    onError: events.onError,
    connection: events.busConnection,
    ended,
  });
  return createLocalFirstBus(local, network);
}

/** One for all parts of the process, opened by the first that needs it. */
function shared<Resource extends AsyncDisposable>(
  open: () => Promise<Resource>,
  stack: AsyncDisposableStack,
): () => Promise<Resource> {
  let opened: Promise<Resource> | undefined;
  return () => {
    opened ??= open().then(
      (resource) => stack.use(resource),
      (error: unknown) => {
        // Whoever asks next may have more luck.
        opened = undefined;
        throw error;
      },
    );
    return opened;
  };
}

interface Listener {
  readonly url: string;
  readonly firstKey?: FirstKey | undefined;
  /** Says to probes that the process is going. */
  publish(): void;
  drain(signal: AbortSignal): Promise<void>;
}

async function openIngress(
  config: Config,
  ports: Pick<IngressOptions, 'bus' | 'clock' | 'events' | 'store' | 'queue'>,
): Promise<Listener> {
  const { store, clock } = ports;
  const first = config.keys.length > 0 ? undefined : await firstKey(store, config.dataDir, clock);
  const { startIngress } = await import('../ingress/ingress.ts');
  const ingress = await startIngress({
    ...config.http,
    ...ports,
    limits: config.limits,
    readsWhole: config.workers.includes('scrubber'),
    configuredKeys: config.keys,
    adminToken: config.adminToken,
    modelIds: config.models ?? [],
    prices: config.prices,
    onStoreError: config.onStoreError,
  });
  return { ...ingress, firstKey: first };
}

async function openHealth(
  config: Config,
  bus: Bus,
  stack: AsyncDisposableStack,
): Promise<Listener> {
  let isLeaving = false;
  const reasons = () => {
    if (isLeaving) return ['this process is shutting down'];
    return bus.connected() ? [] : ['the bus is not connected'];
  };
  const health = stack.use(await startHealth({ ...config.health, reasons }));
  return {
    url: health.url,
    publish() {
      isLeaving = true;
    },
    drain: () => Promise.resolve(),
  };
}
