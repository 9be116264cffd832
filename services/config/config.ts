// Reads all settings: command line arguments, environment and an optional YAML file become one frozen
// value, or an error that lists every issue. Only main.ts and llmp.ts read process.env.

import { resolve } from 'node:path';
import type { StageName } from '../../shared/protocol/messages.ts';
import type { ProxySettings } from '../../shared/runtime/proxy.ts';
import type { Limits } from '../../shared/limits.ts';
import { PRICE_LIST } from '../../shared/metering/price-list.ts';
import type { PriceTable } from '../../shared/metering/prices.ts';
import { ConfigError } from './config-error.ts';
import type { EnvFile } from './env-file.ts';
import { readPrices } from './prices.ts';
import { redisIssues, redisOf, type RedisConfig } from './redis.ts';
import { readUpstreams, type UpstreamsConfig } from './upstreams.ts';
import { HOSTED, settingsSchema, type SettingName, type Settings } from './settings.ts';
import type { Environment } from './injected.ts';
import { limitsOf } from './configured-limits.ts';
import { collectSettings } from './sources.ts';

export { ConfigError } from './config-error.ts';

export interface Config extends RedisConfig {
  /** Workers this process hosts, in pipeline order. */
  readonly workers: readonly ('ingress' | StageName)[];
  /** Where the ingress listens; port 0 picks a free one. */
  readonly http: {
    readonly host: string;
    readonly port: number;
    /** Addresses or number of proxies to trust for x-forwarded-for; null trusts none. */
    readonly trustedProxies: readonly string[] | number | null;
    /** Origins whose pages may call the API from a browser. */
    readonly corsOrigins: readonly string[];
  };
  /** Health server of a process without the ingress. */
  readonly health: { readonly host: string; readonly port: number };
  /** Where other processes fetch large bodies from; `auto`: the local address of the broker connection. */
  readonly internal: { readonly host: string; readonly port: number };
  /** Absolute. */
  readonly dataDir: string;
  readonly firstKey: Settings['LLMP_FIRST_KEY'];
  readonly logLevel: Settings['LLMP_LOG_LEVEL'];
  /** null: all workers run in this process. */
  readonly nats: {
    readonly servers: readonly string[];
    readonly user?: string;
    readonly password?: string;
    readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  } | null;
  /** Used by the upstream worker. */
  readonly upstream: UpstreamConfig;
  /** `llmp_` keys accepted in addition to those in the store. */
  readonly keys: readonly string[];
  /** Proxies to the upstream, and hosts reached without one. */
  readonly proxy: ProxySettings | null;
  /** Token of the admin API; null disables it. */
  readonly adminToken: string | null;
  /** Used by the scrubber. */
  readonly scrubber: {
    /** Secret that derives all placeholders; null: one in the data directory. */
    readonly key: string | null;
    /** Rules as YAML text; null: the defaults. */
    readonly rules: string | null;
    /** Threads for large requests; null: one less than cores, at least one. */
    readonly threads: number | null;
  };
  /** Folder of policy files; null: only the built-in policy. */
  readonly policies: string | null;
  /** Embeddings endpoint; null: keyword search only. */
  readonly embeddings: EmbeddingsConfig | null;
  /** Postgres for the passage index; may contain a password. null: an index in the data directory. */
  readonly databaseUrl: string | null;
  /** Response of GET /v1/models; null asks the upstream. */
  readonly models: readonly string[] | null;
  /** Features whose requests go to the upstream as they come. */
  readonly passThrough: Settings['LLMP_PASS_THROUGH'];
  /** Whether requests pass when the store cannot check limits. */
  readonly onStoreError: 'open' | 'closed';
  readonly prices: PriceTable;
  readonly limits: Limits;
}

export type UpstreamConfig =
  | { readonly kind: 'simulator' }
  | { readonly kind: 'pool'; readonly pool: UpstreamsConfig }
  | {
      readonly kind: 'http';
      /** Without trailing slash; may have a path prefix. */
      readonly url: string;
      readonly credential: { readonly header: string; readonly value: string } | null;
    };

export interface EmbeddingsConfig {
  /** Without trailing slash; `/embeddings` follows. */
  readonly url: string;
  readonly key: string | null;
  readonly model: string;
  readonly kind: Settings['LLMP_EMBEDDINGS_KIND'];
  /** Vector size to request; null: the model's default. */
  readonly dimensions: number | null;
}

const ANTHROPIC_URL = 'https://api.anthropic.com';

/**
 * Reads the configuration; touches nothing but the files it is pointed at.
 * @param env the environment, as in `process.env`
 * @param args names of the workers to host; none hosts all
 * @param envFile the file that some of `env` comes from, which issues then name
 * @throws ConfigError with every issue
 */
export function readConfig(env: Environment, args: readonly string[], envFile?: EnvFile): Config {
  const issues: string[] = [];
  const addIssue = (text: string) => void issues.push(text);
  const found = collectSettings(env, addIssue, envFile);
  const texts = Object.fromEntries(Array.from(found, ([name, { text }]) => [name, text]));
  const { data: settings, error } = settingsSchema.safeParse(texts);
  for (const { path, message } of error?.issues ?? []) {
    addIssue(`${found.get(String(path[0]))?.origin}: ${message}`);
  }
  const workers = readWorkers(args, found.has('NATS_URL'), addIssue);
  checkCombinations((name) => found.has(name), addIssue);
  if (settings && settings.LLMP_BODY_BYTES_IN_FLIGHT_MAX < 2 * settings.LLMP_BODY_BYTES_MAX) {
    addIssue('LLMP_BODY_BYTES_IN_FLIGHT_MAX: must be at least twice LLMP_BODY_BYTES_MAX');
  }
  issues.push(...redisIssues((name) => found.get(name)?.text));
  if (!settings || issues.length > 0) throw new ConfigError(issues);

  const { LLMP_HOST, LLMP_INTERNAL_HOST } = settings;
  return deepFreeze({
    workers,
    http: {
      host: LLMP_HOST,
      port: settings.LLMP_PORT,
      trustedProxies: settings.LLMP_TRUSTED_PROXIES ?? null,
      corsOrigins: settings.LLMP_CORS_ORIGINS,
    },
    health: { host: LLMP_HOST, port: settings.LLMP_HEALTH_PORT },
    internal: {
      host: LLMP_INTERNAL_HOST,
      port: settings.LLMP_INTERNAL_PORT,
    },
    dataDir: resolve(settings.LLMP_DATA_DIR),
    firstKey: settings.LLMP_FIRST_KEY,
    logLevel: settings.LLMP_LOG_LEVEL,
    nats: natsOf(settings),
    ...redisOf(settings),
    scrubber: {
      key: settings.LLMP_SCRUB_KEY ?? null,
      rules: settings.LLMP_SCRUB_RULES ?? null,
      threads: settings.LLMP_SCRUB_THREADS ?? null,
    },
    upstream: upstreamOf(settings),
    proxy: proxyOf(settings),
    keys: settings.LLMP_KEYS,
    adminToken: settings.LLMP_ADMIN_TOKEN ?? null,
    policies: settings.LLMP_POLICIES ?? null,
    embeddings: embeddingsOf(settings),
    databaseUrl: settings.DATABASE_URL ?? null,
    models: settings.LLMP_MODELS ?? null,
    passThrough: settings.LLMP_PASS_THROUGH,
    onStoreError: settings.LLMP_LIMITS_ON_STORE_ERROR,
    prices: settings.LLMP_PRICES === undefined ? PRICE_LIST : readPrices(settings.LLMP_PRICES),
    limits: limitsOf(settings),
  });
}

function readWorkers(
  args: readonly string[],
  hasBroker: boolean,
  addIssue: (text: string) => void,
): Config['workers'] {
  const known: readonly string[] = HOSTED;
  for (const name of args.filter((arg) => !known.includes(arg))) {
    addIssue(`${JSON.stringify(name)}: is not a worker; workers are ${HOSTED.join(', ')}`);
  }
  const workers = HOSTED.filter((worker) => args.length === 0 || args.includes(worker));
  if (!hasBroker && workers.length < HOSTED.length) {
    addIssue(
      'NATS_URL: is required to host only some workers, as the others would be unreachable; ' +
        'name no worker to host all of them in this process',
    );
  }
  return workers;
}

/** Reports settings that contradict each other or have no effect. */
function checkCombinations(
  given: (name: SettingName) => boolean,
  addIssue: (text: string) => void,
): void {
  if (given('NATS_USER') !== given('NATS_PASSWORD')) {
    addIssue('NATS_USER and NATS_PASSWORD: must be set together');
  }
  for (const name of ['NATS_USER', 'NATS_CA', 'NATS_CERT'] as const) {
    if (given(name) && !given('NATS_URL')) {
      addIssue(`${name}: has no effect because NATS_URL is not set`);
    }
  }
  if (given('NATS_CERT') !== given('NATS_KEY'))
    addIssue('NATS_CERT and NATS_KEY: must be set together');
  if (given('LLMP_EMBEDDINGS_URL') !== given('LLMP_EMBEDDINGS_MODEL')) {
    addIssue('LLMP_EMBEDDINGS_URL and LLMP_EMBEDDINGS_MODEL: must be set together');
  }
  for (const part of ['KEY', 'KIND', 'DIMENSIONS'] as const) {
    if (given(`LLMP_EMBEDDINGS_${part}`) && !given('LLMP_EMBEDDINGS_URL')) {
      addIssue(`LLMP_EMBEDDINGS_${part}: has no effect because LLMP_EMBEDDINGS_URL is not set`);
    }
  }
  for (const name of ['ANTHROPIC_API_KEY', 'LLMP_UPSTREAM_TOKEN', 'LLMP_UPSTREAM_URL'] as const) {
    if (given(name) && given('LLMP_UPSTREAMS')) {
      addIssue(`${name}: has no effect because LLMP_UPSTREAMS sets addresses and keys`);
    }
  }
  if (given('ANTHROPIC_API_KEY') && given('LLMP_UPSTREAM_TOKEN')) {
    addIssue('ANTHROPIC_API_KEY and LLMP_UPSTREAM_TOKEN: must not be set together');
  }
}

function natsOf(settings: Settings): Config['nats'] {
  const { NATS_URL, NATS_USER: user, NATS_PASSWORD: password } = settings;
  if (!NATS_URL) return null;
  const { NATS_CA: ca, NATS_CERT: cert, NATS_KEY: key } = settings;
  const tls = { ...(ca ? { ca } : {}), ...(cert && key ? { cert, key } : {}) };
  const usesTls = ca !== undefined || cert !== undefined;
  return {
    servers: NATS_URL,
    ...(user !== undefined && password !== undefined ? { user, password } : {}),
    ...(usesTls ? { tls } : {}),
  };
}

/** Without an address or a credential, the built-in simulator responds. */
function upstreamOf(settings: Settings): UpstreamConfig {
  const { LLMP_UPSTREAMS: pool } = settings;
  if (pool !== undefined) return { kind: 'pool', pool: readUpstreams(pool) };
  const credential = credentialOf(settings);
  const url = settings.LLMP_UPSTREAM_URL ?? (credential && ANTHROPIC_URL);
  return url ? { kind: 'http', url, credential } : { kind: 'simulator' };
}

function embeddingsOf(settings: Settings): EmbeddingsConfig | null {
  const { LLMP_EMBEDDINGS_URL: url, LLMP_EMBEDDINGS_MODEL: model } = settings;
  if (url === undefined || model === undefined) return null;
  return {
    url,
    key: settings.LLMP_EMBEDDINGS_KEY ?? null,
    model,
    kind: settings.LLMP_EMBEDDINGS_KIND,
    dimensions: settings.LLMP_EMBEDDINGS_DIMENSIONS ?? null,
  };
}

function proxyOf({
  HTTP_PROXY: http,
  HTTPS_PROXY: https,
  NO_PROXY: no,
}: Settings): Config['proxy'] {
  if (http === undefined && https === undefined) return null;
  return {
    ...(http === undefined ? {} : { http }),
    ...(https === undefined ? {} : { https }),
    ...(no === undefined ? {} : { no }),
  };
}

function credentialOf({ ANTHROPIC_API_KEY: key, LLMP_UPSTREAM_TOKEN: token }: Settings) {
  if (key) return { header: 'x-api-key', value: key };
  return token ? { header: 'authorization', value: `Bearer ${token}` } : null;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
