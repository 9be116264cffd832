// All settings: environment variable, path in the YAML file, format and default. The variable's name is
// the setting's name. To add one, add a row here and a line in .env.example.

import { isIP } from 'node:net';
import * as z from 'zod';
import { STAGES } from '../../shared/protocol/messages.ts';
import { invalidNetworks } from '../../shared/runtime/proxy.ts';
import { readRedisUrl } from '../../shared/runtime/redis-url.ts';
import { isKeyFormat } from '../../shared/keys.ts';
import { limits } from '../../shared/limits.ts';
import { passThroughList } from './pass-through.ts';
import { readPrices } from './prices.ts';
import { readUpstreams } from './upstreams.ts';

/** Worker names on the command line, in pipeline order. */
export const HOSTED = ['ingress', ...STAGES] as const;

/** API dialects of embeddings endpoints. */
const EMBEDDINGS_KINDS = ['openai', 'voyage'] as const;

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Longer delays overflow Node's timers, which then fire at once. */
const DELAY_MS_MAX = 2 ** 31 - 1;
/** Bodies are buffered and parsed as one string, which V8 limits to half a gigabyte. */
const BODY_BYTES_MAX = 256 * 1024 * 1024;
/** What a number of ten digits can say; more than a process holds. */
const BODY_BYTES_IN_FLIGHT_MAX = 8 * 1024 * 1024 * 1024;
/** More threads than any machine has cores. */
const THREADS_MAX = 1_024;
/** Numbers in a vector: the maximum of pgvector. */
const DIMENSIONS_MAX = 16_000;

const paths = z.registry<{ file: string; secret?: true }>();

const anyText = z.string();
const logLevel = z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` });
const firstKey = z.enum(['hide', 'show'], { error: 'must be hide or show' });
const host = matching('must be a host name or an IP address', /^[\w.:-]+$/);
const internalHost = host.refine((text) => text !== '0.0.0.0' && text !== '::', {
  error: 'must be an address that other processes can reach, not a wildcard',
});
const credential = matching('must be printable ASCII without spaces', /^[\x21-\x7e]+$/);
const pem = anyText.refine((text) => text.includes('-----BEGIN '), { error: 'must be PEM text' });
const adminToken = credential.min(32, { error: 'must have at least 32 characters' });
const openOrClosed = z.enum(['open', 'closed'], { error: 'must be open or closed' });
const scrubKey = anyText.min(32, { error: 'must have at least 32 characters' });
const port = wholeNumber(0, 65_535);
const delayMs = wholeNumber(1, DELAY_MS_MAX);
const keys = list(isKeyFormat, 'is not a valid llmp_ key, or its checksum is wrong');
const models = list(
  (id) => /^[\x21-\x7e]+$/.test(id),
  'must be printable ASCII without spaces',
).refine((ids) => ids.length <= limits.http.modelPageMax, {
  error: `must list at most ${limits.http.modelPageMax} models`,
});
const prices = readableBy(readPrices);
const upstreams = readableBy(readUpstreams);
const trustedProxies = anyText.transform((text, context): readonly string[] | number => {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  const entries = text.split(',').map((entry) => entry.trim());
  if (!entries.every(isNetwork)) {
    const message =
      'must be a number of hops from 1 to 99, or addresses and networks such as 10.0.0.0/8';
    context.addIssue({ code: 'custom', input: '', message });
  }
  return entries;
});
const origins = list(
  (text) => text === '*' || isOrigin(text),
  'must be * or an origin such as https://chat.example.com, without a path',
);
/** As in curl, a proxy without a scheme speaks http. */
const proxyUrl = anyText
  .transform((text) => (text.includes('://') ? text : `http://${text}`))
  .refine((text) => isUrl(text, ['http:', 'https:'], ['search', 'hash']), {
    error: 'must be an http:// or https:// URL',
  });
const noProxy = anyText.refine((text) => invalidNetworks(text).length === 0, {
  error: 'has a network that is not one, such as 10.0.0.0/33',
});
const natsServers = list(
  (text) => isUrl(text, ['nats:', 'tls:'], ['username', 'password', 'pathname', 'search', 'hash']),
  'must be nats:// or tls:// with host and port only; credentials go into NATS_USER and NATS_PASSWORD',
);
const redisUrl = anyText.refine(isRedisUrl, {
  error:
    'must be a redis:// or rediss:// URL, redis+cluster://HOST,HOST or redis+sentinel://HOST,HOST/PRIMARY',
});
const databaseUrl = anyText.refine((text) => isUrl(text, ['postgres:', 'postgresql:'], ['hash']), {
  error: 'must be a postgres:// or postgresql:// URL',
});
const modelId = matching('must be a model id', /^[\x21-\x7e]{1,200}$/);
const embeddingsKind = z.enum(EMBEDDINGS_KINDS, {
  error: `must be one of ${EMBEDDINGS_KINDS.join(', ')}`,
});
const upstreamUrl = anyText
  .refine((text) => isUrl(text, ['http:', 'https:'], ['username', 'password', 'search', 'hash']), {
    error: 'must be an http(s) URL without credentials, query or fragment',
  })
  .transform((text) => new URL(text).href.replace(/\/+$/, ''));

/** Parses the text of each setting and fills in defaults. */
export const settingsSchema = z.object({
  LLMP_HOST: at('host', host.default('127.0.0.1')),
  LLMP_PORT: at('port', port.default(8080)),
  LLMP_TRUSTED_PROXIES: at('trustedProxies', trustedProxies.optional()),
  LLMP_CORS_ORIGINS: at('corsOrigins', origins.default([])),
  LLMP_DATA_DIR: at('dataDir', anyText.default('.llmp')),
  LLMP_FIRST_KEY: at('firstKey', firstKey.default('hide')),
  LLMP_LOG_LEVEL: at('logLevel', logLevel.default('info')),
  LLMP_HEALTH_PORT: at('health.port', port.default(8081)),
  LLMP_INTERNAL_HOST: at('internal.host', internalHost.default('127.0.0.1')),
  LLMP_INTERNAL_PORT: at('internal.port', port.default(0)),
  NATS_URL: at('nats.url', natsServers.optional()),
  NATS_USER: at('nats.user', anyText.optional()),
  NATS_PASSWORD: secretAt('nats.password', anyText.optional()),
  NATS_CA: secretAt('nats.ca', pem.optional()),
  NATS_CERT: secretAt('nats.cert', pem.optional()),
  NATS_KEY: secretAt('nats.key', pem.optional()),
  REDIS_URL: secretAt('redis.url', redisUrl.optional()),
  REDIS_PASSWORD: secretAt('redis.password', anyText.optional()),
  REDIS_SENTINEL_USER: at('redis.sentinelUser', anyText.optional()),
  REDIS_SENTINEL_PASSWORD: secretAt('redis.sentinelPassword', anyText.optional()),
  REDIS_CA: secretAt('redis.ca', pem.optional()),
  ANTHROPIC_API_KEY: secretAt('upstream.key', credential.optional()),
  LLMP_UPSTREAM_TOKEN: secretAt('upstream.token', credential.optional()),
  LLMP_UPSTREAM_URL: at('upstream.url', upstreamUrl.optional()),
  LLMP_UPSTREAMS: secretAt('upstreams', upstreams.optional()),
  HTTP_PROXY: secretAt('proxy.http', proxyUrl.optional()),
  HTTPS_PROXY: secretAt('proxy.https', proxyUrl.optional()),
  NO_PROXY: at('proxy.no', noProxy.optional()),
  LLMP_KEYS: secretAt('keys', keys.default([])),
  LLMP_ADMIN_TOKEN: secretAt('admin.token', adminToken.optional()),
  LLMP_LIMITS_ON_STORE_ERROR: at('limits.onStoreError', openOrClosed.default('open')),
  LLMP_KEY_STALE_MS: at(
    'limits.keyStaleMs',
    wholeNumber(0, DELAY_MS_MAX).default(limits.auth.keyStaleMs),
  ),
  LLMP_PRICES: secretAt('prices', prices.optional()),
  LLMP_LEDGER_DAYS: at(
    'ledger.days',
    wholeNumber(1, limits.store.ledger.usageDays).default(limits.store.ledger.entryDays),
  ),
  LLMP_MODELS: at('models', models.optional()),
  LLMP_PASS_THROUGH: at('passThrough', passThroughList.default([])),
  LLMP_SCRUB_KEY: secretAt('scrubber.key', scrubKey.optional()),
  LLMP_SCRUB_RULES: secretAt('scrubber.rules', anyText.optional()),
  LLMP_SCRUB_THREADS: at('scrubber.threads', wholeNumber(0, THREADS_MAX).optional()),
  LLMP_POLICIES: at('policies', anyText.optional()),
  LLMP_EMBEDDINGS_URL: at('embeddings.url', upstreamUrl.optional()),
  LLMP_EMBEDDINGS_MODEL: at('embeddings.model', modelId.optional()),
  LLMP_EMBEDDINGS_KEY: secretAt('embeddings.key', credential.optional()),
  LLMP_EMBEDDINGS_KIND: at('embeddings.kind', embeddingsKind.default('openai')),
  LLMP_EMBEDDINGS_DIMENSIONS: at(
    'embeddings.dimensions',
    wholeNumber(1, DIMENSIONS_MAX).optional(),
  ),
  DATABASE_URL: secretAt('database.url', databaseUrl.optional()),
  LLMP_PING_MS: at('limits.pingMs', delayMs.default(limits.http.pingMs)),
  LLMP_UPSTREAM_IDLE_MS: at('limits.upstreamIdleMs', delayMs.default(limits.upstream.idleMs)),
  LLMP_UPSTREAM_HEADERS_TIMEOUT_MS: at(
    'limits.upstreamHeadersTimeoutMs',
    delayMs.default(limits.upstream.headersTimeoutMs),
  ),
  LLMP_LAME_DUCK_MS: at(
    'limits.lameDuckMs',
    wholeNumber(0, DELAY_MS_MAX).default(limits.process.lameDuckMs),
  ),
  LLMP_DRAIN_MS: at('limits.drainMs', delayMs.default(limits.process.drainMs)),
  LLMP_START_WAIT_MS: at(
    'limits.startWaitMs',
    wholeNumber(0, DELAY_MS_MAX).default(limits.process.startWaitMs),
  ),
  LLMP_BODY_BYTES_MAX: at(
    'limits.bodyBytesMax',
    wholeNumber(1, BODY_BYTES_MAX).default(limits.http.bodyBytesMax),
  ),
  LLMP_BODY_BYTES_IN_FLIGHT_MAX: at(
    'limits.bodyBytesInFlightMax',
    // A document must fit into the half that one key may hold.
    wholeNumber(2 * limits.documents.bytesMax, BODY_BYTES_IN_FLIGHT_MAX).default(
      limits.http.bodyBytesInFlightMax,
    ),
  ),
});

export type Settings = z.output<typeof settingsSchema>;
export type SettingName = keyof Settings;

export const SETTING_NAMES: readonly SettingName[] = settingsSchema.keyof().options;

/** Dotted path of a setting in the YAML file. */
export function pathOf(name: SettingName): string {
  return paths.get(settingsSchema.shape[name])?.file ?? '';
}

/** Whether the value must never be shown and may come from a `…_FILE` variable. */
export function isSecret(name: SettingName): boolean {
  return paths.get(settingsSchema.shape[name])?.secret ?? false;
}

function at<Schema extends z.ZodType>(file: string, schema: Schema): Schema {
  paths.add(schema, { file });
  return schema;
}

function secretAt<Schema extends z.ZodType>(file: string, schema: Schema): Schema {
  paths.add(schema, { file, secret: true });
  return schema;
}

/** Text with its own parser, whose errors name paths and never values. */
function readableBy(read: (text: string) => unknown) {
  return anyText.check(({ value, issues }) => {
    try {
      read(value);
    } catch (error) {
      const message = `is invalid: ${error instanceof Error ? error.message : ''}`;
      issues.push({ code: 'custom', input: '', message });
    }
  });
}

function matching(error: string, pattern: RegExp) {
  return anyText.regex(pattern, { error });
}

function wholeNumber(min: number, max: number) {
  const fits = (text: string) => /^\d{1,10}$/.test(text) && +text >= min && +text <= max;
  return anyText
    .refine(fits, { error: `must be a whole number from ${min} to ${max}` })
    .transform(Number);
}

/** Comma-separated; issues name an entry by its number, as it may be a secret. */
function list(fits: (entry: string) => boolean, complaint: string) {
  return anyText
    .transform((text) => text.split(',').map((entry) => entry.trim()))
    .check(({ value, issues }) => {
      for (const [index, entry] of value.entries()) {
        if (fits(entry)) continue;
        issues.push({ code: 'custom', input: '', message: `entry ${index + 1} ${complaint}` });
      }
    });
}

/** An address or a network; not one with all addresses (`/0`), which would trust everybody. */
function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  if (family === 0) return false;
  return bits === undefined || (Number(bits) >= 1 && Number(bits) <= (family === 4 ? 32 : 128));
}

/** As browsers write it: in lower case, without a default port. Extensions have a scheme of their own. */
function isOrigin(text: string): boolean {
  const { origin, hostname = '*' } = URL.parse(text) ?? {};
  if (hostname.includes('*')) return false;
  return origin === text || (origin === 'null' && /^[a-z][a-z-]*-extension:\/\/[\w-]+$/.test(text));
}

type UrlPart = 'username' | 'password' | 'pathname' | 'search' | 'hash';

function isUrl(text: string, protocols: readonly string[], absent: readonly UrlPart[]): boolean {
  const url = URL.parse(text);
  if (!url?.hostname || !protocols.includes(url.protocol)) return false;
  if (!isDecodable(url.username) || !isDecodable(url.password)) return false;
  return absent.every((part) => url[part] === '' || (part === 'pathname' && url[part] === '/'));
}

function isRedisUrl(text: string): boolean {
  const address = readRedisUrl(text);
  if (address?.kind !== 'server') return address !== undefined;
  return isUrl(text, ['redis:', 'rediss:'], ['hash']);
}

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text).length >= 0;
  } catch {
    return false;
  }
}

/** Variables of docker-compose.yml that are not settings of llmp. */
export const COMPOSE_ONLY = [
  'LLMP_IMAGE',
  'LLMP_PRESIDIO_IMAGE',
  'LLMP_PUBLISH',
  'LLMP_STOP_GRACE_PERIOD',
  'POSTGRES_PASSWORD',
] as const;

/** Variables of the command `llmp`, which a gateway ignores. */
export const COMMAND_ONLY = ['LLMP_URL', 'LLMP_ADMIN_KEY', 'LLMP_KEY'] as const;
