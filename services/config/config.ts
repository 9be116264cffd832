// The only reader of settings: command line words, environment and an optional YAML file become one
// frozen value, or an error that lists everything that is wrong. Parts receive plain values and
// never look at the environment; process.env itself is handed in by main.ts.

import type { StageName } from '../../shared/protocol/messages.ts';
import { limits, type Limits } from '../../shared/limits.ts';
import { PRICE_LIST } from '../../shared/metering/price-list.ts';
import type { PriceTable } from '../../shared/metering/prices.ts';
import { readPrices } from './prices.ts';
import { readUpstreams, type UpstreamsConfig } from './upstreams.ts';
import { HOSTED, settingsSchema, type SettingName, type Settings } from './settings.ts';
import type { Environment } from './injected.ts';
import { collect } from './sources.ts';

export interface Config {
  /** What this process hosts, in the order a request meets them. */
  readonly workers: readonly ('ingress' | StageName)[];
  /** Where the ingress listens; port 0 picks a free one. */
  readonly http: {
    readonly host: string;
    readonly port: number;
    /** Addresses, or a number of hops, whose x-forwarded-for is believed; null believes nobody. */
    readonly trustedProxies: readonly string[] | number | null;
  };
  /** The small health server of a process without ingress. */
  readonly health: { readonly host: string; readonly port: number };
  /** Where other processes pull big bodies from this one; `auto`: the address that the broker sees. */
  readonly internal: { readonly host: string; readonly port: number };
  readonly dataDir: string;
  readonly logLevel: Settings['LLMP_LOG_LEVEL'];
  /** null: every worker is in this process. */
  readonly nats: {
    readonly servers: readonly string[];
    readonly user?: string;
    readonly password?: string;
    readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  } | null;
  /** May hold a password. */
  readonly redisUrl: string | null;
  /** Authority of the Redis server's certificate, PEM. */
  readonly redisCa: string | null;
  /** Only of meaning to a process that hosts the upstream worker. */
  readonly upstream: UpstreamConfig;
  /** `llmp_` keys accepted beside those in the store. */
  readonly keys: readonly string[];
  /** Proxies to the upstream, and hosts that need none. */
  readonly proxy: { readonly http?: string; readonly https?: string; readonly no?: string } | null;
  /** Opens the admin API; null leaves it away. */
  readonly adminToken: string | null;
  /** Of meaning to a process that hosts the scrubber. */
  readonly scrubber: {
    /** Secret behind all placeholders; null keeps one in the data directory. */
    readonly key: string | null;
    /** YAML text of the rules; null for the defaults. */
    readonly rules: string | null;
  };
  /** Folder of policy files; null for the shipped policy alone. */
  readonly policies: string | null;
  /** Where texts become vectors; null searches by words alone. */
  readonly embeddings: EmbeddingsConfig | null;
  /** Postgres, for the index of passages; may hold a password. null keeps it in the data directory. */
  readonly databaseUrl: string | null;
  /** The model list to answer with; null asks the upstream. */
  readonly models: readonly string[] | null;
  /** Whether requests are admitted when the store cannot tell what is left of a limit. */
  readonly onStoreError: 'open' | 'closed';
  /** What models cost. */
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
  /** Asked of the model; null leaves it to the model. */
  readonly dimensions: number | null;
}

/** Everything that is wrong with the configuration; holds no values, so it may be printed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly issues: readonly string[];

  constructor(issues: readonly string[]) {
    super(['The configuration is not usable:', ...issues].join('\n  '));
    this.issues = issues;
  }
}

const ANTHROPIC_URL = 'https://api.anthropic.com';

/**
 * Reads the configuration; touches nothing but the files it is pointed at.
 * @param env the environment, as in `process.env`
 * @param args names of the workers to host; none hosts all
 * @throws ConfigError with every fault found
 */
export function readConfig(env: Environment, args: readonly string[]): Config {
  const issues: string[] = [];
  const addIssue = (text: string) => void issues.push(text);
  const found = collect(env, addIssue);
  const texts = Object.fromEntries(Array.from(found, ([name, { text }]) => [name, text]));
  const { data: settings, error } = settingsSchema.safeParse(texts);
  for (const { path, message } of error?.issues ?? []) {
    addIssue(`${found.get(String(path[0]))?.origin}: ${message}`);
  }
  const workers = readWorkers(args, found.has('NATS_URL'), addIssue);
  checkPairs((name) => found.has(name), addIssue);
  if (!settings || issues.length > 0) throw new ConfigError(issues);

  const { LLMP_HOST, LLMP_INTERNAL_HOST } = settings;
  return deepFreeze({
    workers,
    http: {
      host: LLMP_HOST,
      port: settings.LLMP_PORT,
      trustedProxies: settings.LLMP_TRUSTED_PROXIES ?? null,
    },
    health: { host: LLMP_HOST, port: settings.LLMP_HEALTH_PORT },
    internal: {
      host: LLMP_INTERNAL_HOST,
      port: settings.LLMP_INTERNAL_PORT,
    },
    dataDir: settings.LLMP_DATA_DIR,
    logLevel: settings.LLMP_LOG_LEVEL,
    nats: natsOf(settings),
    redisUrl: redisUrlOf(settings),
    redisCa: settings.REDIS_CA ?? null,
    scrubber: { key: settings.LLMP_SCRUB_KEY ?? null, rules: settings.LLMP_SCRUB_RULES ?? null },
    upstream: upstreamOf(settings),
    proxy: proxyOf(settings),
    keys: settings.LLMP_KEYS,
    adminToken: settings.LLMP_ADMIN_TOKEN ?? null,
    policies: settings.LLMP_POLICIES ?? null,
    embeddings: embeddingsOf(settings),
    databaseUrl: settings.DATABASE_URL ?? null,
    models: settings.LLMP_MODELS ?? null,
    onStoreError: settings.LLMP_LIMITS_ON_STORE_ERROR,
    prices: settings.LLMP_PRICES === undefined ? PRICE_LIST : readPrices(settings.LLMP_PRICES),
    limits: {
      ...limits,
      ledger: { ...limits.ledger, entryDays: settings.LLMP_LEDGER_DAYS },
      keyStaleMs: settings.LLMP_KEY_STALE_MS,
      pingMs: settings.LLMP_PING_MS,
      upstreamIdleMs: settings.LLMP_UPSTREAM_IDLE_MS,
      upstreamHeadersTimeoutMs: settings.LLMP_UPSTREAM_HEADERS_TIMEOUT_MS,
      lameDuckMs: settings.LLMP_LAME_DUCK_MS,
      drainMs: settings.LLMP_DRAIN_MS,
      bodyBytesMax: settings.LLMP_BODY_BYTES_MAX,
      startWaitMs: settings.LLMP_START_WAIT_MS,
    },
  });
}

function readWorkers(
  args: readonly string[],
  hasBroker: boolean,
  addIssue: (text: string) => void,
): Config['workers'] {
  const words: readonly string[] = HOSTED;
  for (const word of args.filter((arg) => !words.includes(arg))) {
    addIssue(`${JSON.stringify(word)}: is no room; rooms are ${HOSTED.join(', ')}`);
  }
  const workers = HOSTED.filter((stageName) => args.length === 0 || args.includes(stageName));
  if (!hasBroker && workers.length < HOSTED.length) {
    addIssue(
      'NATS_URL: is needed to host only some rooms, as the others could not be reached; ' +
        'name no room to host all of them in this process',
    );
  }
  return workers;
}

/** Settings that contradict each other, or would be without effect: silence would hide a mistake. */
function checkPairs(given: (name: SettingName) => boolean, addIssue: (text: string) => void): void {
  if (given('NATS_USER') !== given('NATS_PASSWORD')) {
    addIssue('NATS_USER and NATS_PASSWORD: must be set together');
  }
  for (const name of ['NATS_USER', 'NATS_CA', 'NATS_CERT'] as const) {
    if (given(name) && !given('NATS_URL')) {
      addIssue(`${name}: is without effect as NATS_URL is not set`);
    }
  }
  if (given('NATS_CERT') !== given('NATS_KEY'))
    addIssue('NATS_CERT and NATS_KEY: must be set together');
  for (const name of ['REDIS_CA', 'REDIS_PASSWORD'] as const) {
    if (given(name) && !given('REDIS_URL')) {
      addIssue(`${name}: is without effect as REDIS_URL is not set`);
    }
  }
  if (given('LLMP_EMBEDDINGS_URL') !== given('LLMP_EMBEDDINGS_MODEL')) {
    addIssue('LLMP_EMBEDDINGS_URL and LLMP_EMBEDDINGS_MODEL: must be set together');
  }
  for (const part of ['KEY', 'KIND', 'DIMENSIONS'] as const) {
    if (given(`LLMP_EMBEDDINGS_${part}`) && !given('LLMP_EMBEDDINGS_URL')) {
      addIssue(`LLMP_EMBEDDINGS_${part}: is without effect as LLMP_EMBEDDINGS_URL is not set`);
    }
  }
  for (const name of ['ANTHROPIC_API_KEY', 'LLMP_UPSTREAM_TOKEN', 'LLMP_UPSTREAM_URL'] as const) {
    if (given(name) && given('LLMP_UPSTREAMS')) {
      addIssue(`${name}: is without effect as LLMP_UPSTREAMS has addresses and keys of its own`);
    }
  }
  if (given('ANTHROPIC_API_KEY') && given('LLMP_UPSTREAM_TOKEN')) {
    addIssue('ANTHROPIC_API_KEY and LLMP_UPSTREAM_TOKEN: only one of them can be sent');
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

/** The password goes to the user that the URL names without one; any other URL is used as it is. */
function redisUrlOf({ REDIS_URL: text, REDIS_PASSWORD: password }: Settings): string | null {
  if (text === undefined) return null;
  const url = new URL(text);
  const isAsked = url.username !== '' && url.password === '' && !url.searchParams.has('password');
  if (password === undefined || !isAsked) return text;
  url.password = encodeURIComponent(password);
  return url.href;
}

/** Without address and credential there is nobody to ask, so the built-in simulator answers. */
function upstreamOf(settings: Settings): UpstreamConfig {
  const { LLMP_UPSTREAMS: several } = settings;
  if (several !== undefined) return { kind: 'pool', pool: readUpstreams(several) };
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
