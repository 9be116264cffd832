// From a configuration to a running process: chooses the adapters, starts the hosted workers and the
// HTTP server, and stops them in an order that loses nothing.

import type { Bus } from '../../shared/bus/bus.ts';
import { createEmbeddedBus } from '../../shared/bus/embedded.ts';
import { createLocalFirstBus } from '../../shared/bus/local-first.ts';
import { natsUserOf } from '../../shared/bus/nats-users.ts';
import { createEvents, type Events } from '../../shared/events.ts';
import type { Limits } from '../../shared/limits.ts';
import type { Log } from '../../shared/log.ts';
import { Runner } from '../../shared/pipeline/runner.ts';
import type { HostedStages } from '../../shared/protocol/stage.ts';
import { systemClock, type Clock } from '../../shared/runtime/clock.ts';
import { reportOutages } from '../../shared/runtime/report-outages.ts';
import type { Store } from '../../shared/store/store.ts';
import type { Config } from '../config/config.ts';
import type { BodyBudget } from '../ingress/admission/body-budget.ts';
import { upstreamName } from './banner.ts';
import type { FirstKey } from './first-key.ts';
import type { Listener } from './listener.ts';
import type { IngressPorts } from './open-ingress.ts';
import { openOnce } from './open-once.ts';
import { openQueue } from './open-queue.ts';
import { openStore } from './open-store.ts';
import { shutDown } from './shutdown.ts';
import { buildStages, type StagePorts } from './stages.ts';
import { readVersion } from './version.ts';
import { whenReachable } from './when-reachable.ts';

export interface RunningProcess {
  /** Base URL of the ingress, or of the health server in a process without one. */
  readonly url: string;
  readonly version: string;
  readonly firstKey: FirstKey | undefined;
  /** Resolves with the reason when this process cannot recover and should end. */
  readonly failed: Promise<unknown>;
  /**
   * Drains until `forceSignal` aborts or the drain time is over, then closes. Rejects when a step fails or
   * does not end within another `limits.process.shutdownMs`.
   */
  stop(forceSignal?: AbortSignal): Promise<void>;
}

/** What tests replace. */
export interface StartOverrides {
  readonly clock?: Clock;
  /** A bus that several gateways share. */
  readonly bus?: Bus;
  readonly limits?: { readonly [Domain in keyof Limits]?: Partial<Limits[Domain]> };
  readonly stages?: HostedStages;
  /** Lets a test see what the ingress holds. */
  readonly bodyBudget?: BodyBudget;
}

/** Rejects when an adapter cannot be opened, a stage cannot be built, or the port is taken. */
export async function start(
  configured: Config,
  log: Log,
  overrides: StartOverrides = {},
): Promise<RunningProcess> {
  const config = { ...configured, limits: withOverrides(configured.limits, overrides.limits) };
  const { limits } = config;
  const version = readVersion();
  const clock = overrides.clock ?? systemClock;
  const { events, disconnectedMs } = trackConnection(createEvents(log), clock);
  const { onError } = events;
  const failed = Promise.withResolvers<unknown>();
  const atStart = <Opened>(open: () => Promise<Opened>) =>
    whenReachable(open, { clock, waitMs: limits.process.startWaitMs, events });
  // Disposed in reverse order: workers before the bus.
  const stack = new AsyncDisposableStack();
  try {
    const connect = () => openBus(config, { clock, events, version, failed: failed.resolve });
    const bus = stack.use(overrides.bus ?? (await atStart(connect)));
    const onOutage = reportOutages(onError, clock);
    const store = openOnce(() => openStore(config, onOutage), stack);
    const queue = openOnce(() => openQueue(config, clock, onOutage), stack);
    const ports = { ...overrides, clock, bus, events, store, queue, atStart };
    if (needsStore(config)) await atStart(store);
    // Before the workers: loading them blocks the event loop, and Redis commands have a deadline.
    const firstKey = needsFirstKey(config)
      ? await openFirstKey(config, await store(), clock)
      : undefined;
    const built = await buildStages(config, ports, stack);
    const stages = { ...built.stages, ...overrides.stages };
    const runner = await Runner.start({
      bus,
      clock,
      limits: { ...limits.pipeline, ...limits.eventLoop },
      stages,
      onError,
    });
    const listener = await openListener(
      config,
      { ...ports, previewScrub: built.previewScrub },
      stack,
    );
    events.started({
      version,
      workers: config.workers,
      url: listener.url,
      bus: config.nats ? 'nats' : 'embedded',
      ...(config.workers.includes('upstream') ? { upstream: upstreamName(config) } : {}),
    });
    const { passThrough: features, workers } = config;
    if (features.length > 0 && workers.includes('ingress')) events.passThroughOn({ features });
    return {
      url: listener.url,
      version,
      firstKey,
      failed: failed.promise,
      async stop(forceSignal) {
        listener.reportNotReady();
        await shutDown({
          clock,
          limits: { ...limits.process, heartbeatMs: limits.pipeline.heartbeatMs },
          lameDuckMs: config.workers.includes('ingress') ? limits.process.lameDuckMs : 0,
          forceSignal,
          disconnectedMs,
          drains: [
            ['requests', (signal) => listener.drain(signal)],
            ['workers', (signal) => runner.drain(signal)],
            ['documents', (signal) => built.drain(signal)],
          ],
          close: () => stack.disposeAsync(),
          onError,
          stopTimedOut: events.stopTimedOut,
        });
        events.stopped();
      },
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

function withOverrides(limits: Limits, overrides: StartOverrides['limits'] = {}): Limits {
  const changes = new Map<string, object>(Object.entries(overrides));
  const domains = Object.entries(limits).map(([domain, bounds]) => {
    return [domain, { ...bounds, ...changes.get(domain) }];
  });
  return Object.fromEntries(domains) as Limits;
}

/** The same events, and how long the bus has been disconnected (0 while it is connected). */
function trackConnection(events: Events, clock: Clock) {
  let lostAtMs: number | undefined;
  const tracked: Events = {
    ...events,
    busConnection(state, address) {
      events.busConnection(state, address);
      lostAtMs = state === 'lost' ? clock.monotonic() : undefined;
    },
  };
  const disconnectedMs = () => (lostAtMs === undefined ? 0 : clock.monotonic() - lostAtMs);
  return { events: tracked, disconnectedMs };
}

/** The upstream worker opens the store only for the response cache, as it can work without. */
function needsStore({ workers, redisUrl }: Config): boolean {
  return workers.includes('ingress') || (workers.includes('rag') && redisUrl !== null);
}

function needsFirstKey({ workers, keys }: Config): boolean {
  return workers.includes('ingress') && keys.length === 0;
}

async function openFirstKey({ dataDir }: Config, store: Store, clock: Clock) {
  const { ensureFirstKey } = await import('./first-key.ts');
  return await ensureFirstKey(store, dataDir, clock);
}

interface BusParts {
  readonly clock: Clock;
  readonly events: Events;
  readonly version: string;
  readonly failed: (reason: unknown) => void;
}

async function openBus(config: Config, parts: BusParts): Promise<Bus> {
  const { bus, pipeline } = config.limits;
  const { clock, events, version, failed } = parts;
  const local = createEmbeddedBus({ onError: events.onError });
  if (!config.nats) return local;
  // Loaded only here: a gateway in one process does not pay for the client's memory.
  const { connectNatsBus } = await import('../../shared/bus/nats.ts');
  const network = await connectNatsBus({
    ...config.nats,
    name: `llmp ${config.workers.join(' ')}`,
    role: brokerRole(config),
    version,
    internal: config.internal,
    clock,
    limits: { ...bus, ...pipeline },
    onError: events.onError,
    connection: events.busConnection,
    ended: failed,
  });
  return createLocalFirstBus(local, network);
}

/** The user of this process on the broker: that of a worker, or of all that it hosts. */
function brokerRole({ workers, nats }: Config): string {
  if (nats?.user === natsUserOf(workers)) return nats.user;
  const named = workers.find((worker) => worker === nats?.user);
  return named ?? (workers.length === 1 ? String(workers[0]) : 'llmp');
}

async function openListener(
  config: Config,
  ports: StagePorts & Pick<IngressPorts, 'bodyBudget' | 'previewScrub'>,
  stack: AsyncDisposableStack,
): Promise<Listener> {
  if (config.workers.includes('ingress')) {
    const { openIngress } = await import('./open-ingress.ts');
    return await openIngress(config, { ...ports, store: await ports.store() });
  }
  const { openHealth } = await import('./open-health.ts');
  return await openHealth(config, ports.bus, stack);
}
