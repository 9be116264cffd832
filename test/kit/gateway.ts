// A complete gateway per bus kind: `embedded` is what `npm start` runs, `serialised` sends every message
// through its wire form, `nats` runs five hosts that share only a broker.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../services/config/config.ts';
import { start, type StartOverrides, type RunningProcess } from '../../services/host/wiring.ts';
import { createEmbeddedBus } from '../../shared/bus/embedded.ts';
import { createKey } from '../../shared/keys.ts';
import { createLog } from '../../shared/log.ts';
import { serverPath } from './server-programs.ts';
import { passwordOf, SHIPPED_CONFIG, startNatsServer } from './servers.ts';

export type BusKind = 'embedded' | 'serialised' | 'nats';

/** The buses to test; NATS only if its server is installed (CI fails earlier without it). */
export const BUSES: readonly BusKind[] = serverPath('nats-server')
  ? ['embedded', 'serialised', 'nats']
  : ['embedded', 'serialised'];

/** One process, and messages in wire form (over NATS where it is installed): for tests that take long. */
export const BOTH_BUSES: readonly BusKind[] = BUSES.filter(
  (bus) => bus !== 'serialised' || !BUSES.includes('nats'),
);

export interface GatewayOptions {
  readonly bus: BusKind;
  /** An Anthropic-compatible upstream; the built-in simulator by default. */
  readonly upstreamUrl?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly replaced?: Omit<StartOverrides, 'bus'>;
  /** For `nats`: existing brokers instead of a new one. */
  readonly natsUrl?: string;
  /** For `nats`: a broker with the shipped permissions, and one user per process. */
  readonly users?: boolean;
  /** For `nats`: the login of each process, on the broker of `natsUrl`. */
  readonly login?: (workers: readonly string[]) => Readonly<Record<string, string>>;
  /** For `nats`: the workers of each process, the ingress last; the first one names its user. */
  readonly hosts?: readonly (readonly string[])[];
}

export interface Gateway extends AsyncDisposable {
  readonly url: string;
  readonly key: string;
  /** The broker's address for `nats`. */
  readonly natsUrl: string | undefined;
  /** All log lines so far, of all processes. */
  logs(): Record<string, unknown>[];
  /** Stops like SIGTERM. */
  stop(): Promise<void>;
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const stack = new AsyncDisposableStack();
  const lines: string[] = [];
  const log = createLog('debug', { write: (line: string) => void lines.push(line) });
  const directory = mkdtempSync(join(tmpdir(), 'llmp-test-'));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  const key = createKey();
  const env: Record<string, string> = {
    LLMP_PORT: '0',
    LLMP_HEALTH_PORT: '0',
    LLMP_DATA_DIR: directory,
    LLMP_KEYS: key,
    ...(options.upstreamUrl === undefined ? {} : { LLMP_UPSTREAM_URL: options.upstreamUrl }),
    ...options.env,
  };
  const running: RunningProcess[] = [];
  let natsUrl: string | undefined;
  if (options.bus === 'nats') {
    const shipped = options.users ? { config: SHIPPED_CONFIG } : {};
    natsUrl = options.natsUrl ?? stack.use(await startNatsServer(shipped)).url;
    const { hosts = [['upstream'], ['rag'], ['policy'], ['scrubber'], ['ingress']] } = options;
    for (const workers of hosts) {
      const [user = ''] = workers;
      const ofUser = options.users ? { NATS_USER: user, NATS_PASSWORD: passwordOf(user) } : {};
      const login = options.login?.(workers) ?? ofUser;
      const config = readConfig({ NATS_URL: natsUrl, ...login, ...env }, workers);
      running.unshift(await start(config, log, options.replaced));
    }
  } else {
    const onError = (error: unknown) => log.error({ err: error }, 'internal error');
    const serialise = options.bus === 'serialised';
    const bus = serialise ? { bus: createEmbeddedBus({ onError, serialise }) } : {};
    running.push(await start(readConfig(env, []), log, { ...options.replaced, ...bus }));
  }
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= stopAll(running));
  stack.defer(stop);
  return {
    url: running[0]?.url ?? '',
    key,
    natsUrl,
    logs: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    stop,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Stops the ingress first, then the workers in pipeline order. */
async function stopAll(running: readonly RunningProcess[]): Promise<void> {
  for (const part of running) await part.stop();
}
