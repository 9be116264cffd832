import { addressOf } from '../../shared/runtime/dependency-error.ts';
import { redisAddresses } from '../../shared/runtime/redis-url.ts';
import type { Config } from '../config/config.ts';
import type { FirstKey } from './first-key.ts';
import { LLMP } from './program-name.ts';

export interface BannerFacts {
  readonly url: string;
  readonly version: string;
  readonly firstKey: FirstKey | undefined;
  /** The `.env` that settings were read from. */
  readonly envFile: string | undefined;
  /** Whether a person reads it: only then is the key shown, and its file deleted. */
  readonly showsKey: boolean;
}

/** What a person sees first: where the process listens, what it uses, and commands to paste. */
export function banner(config: Config, facts: BannerFacts): string {
  const rows = [...rowsOf(config, facts)].map(([name, text]) => `${name.padEnd(10)}${text}\n`);
  return `\n${rows.join('')}\n${hosts(config, 'ingress') ? commands(config, facts) : ''}`;
}

function* rowsOf(config: Config, facts: BannerFacts): Generator<[name: string, text: string]> {
  const { url, version, envFile, firstKey, showsKey } = facts;
  const { nats, workers, dataDir, redisUrl, databaseUrl } = config;
  yield ['llmp', hosts(config, 'ingress') ? url : `${workers.join(', ')} (health at ${url})`];
  yield ['Version', version];
  if (nats) {
    if (hosts(config, 'ingress')) yield ['Hosts', workers.join(', ')];
    const login = nats.user === undefined ? NO_LOGIN : `as ${nats.user}`;
    yield ['NATS', `${nats.servers.join(', ')} ${login}`];
  }
  if (hosts(config, 'upstream')) yield ['Upstream', upstreamName(config)];
  if (redisUrl !== null) yield ['Store', `Redis at ${redisAddresses(redisUrl)}`];
  if (databaseUrl !== null && hosts(config, 'rag')) {
    yield ['Index', `Postgres at ${addressOf(databaseUrl, 5432)}`];
  }
  yield ['Data', dataDir];
  if (envFile !== undefined) yield ['Settings', envFile];
  if (!hosts(config, 'ingress')) return;
  const isOn = config.adminToken !== null;
  yield ['Admin API', isOn ? `${url}/admin` : ADMIN_OFF];
  const { passThrough } = config;
  if (passThrough.length > 0) yield ['Caution', `${passThrough.join(', ')}: ${AS_SENT}`];
  if (!firstKey)
    yield ['Key', `set KEY to one of yours; ${LLMP} keys create --name NAME makes one`];
  else if (showsKey) yield ['Key', `${firstKey.key}  (shown only now: note it)`];
  else yield ['Key', `in ${firstKey.path} (delete the file once you have noted it)`];
}

const ADMIN_OFF = 'off; LLMP_ADMIN_TOKEN, 32 or more characters of your own, switches it on';
const AS_SENT =
  'go to the upstream as they are sent, not scrubbed, checked or priced (LLMP_PASS_THROUGH)';
const NO_LOGIN = `(no login: whoever reaches it can read requests; ${LLMP} nats-config makes logins)`;

function commands(config: Config, { url, firstKey, showsKey }: BannerFacts): string {
  const inFile = firstKey ? `$(cat '${firstKey.path.replaceAll("'", "'\\''")}')` : '$KEY';
  const key = firstKey && showsKey ? firstKey.key : inFile;
  const model = config.models?.[0] ?? 'claude-sonnet-5-5';
  return `Try it:
  curl ${url}/v1/messages -H "x-api-key: ${key}" -H 'anthropic-version: 2023-06-01' \\
    -H 'content-type: application/json' \\
    -d '{"model":"${model}","max_tokens":256,"messages":[{"role":"user","content":"Write to ann.lee@corp-mail.org"}]}'

Claude Code:
  export ANTHROPIC_BASE_URL=${url}
  export ANTHROPIC_AUTH_TOKEN="${key}"
  claude

`;
}

function hosts({ workers }: Config, worker: Config['workers'][number]): boolean {
  return workers.includes(worker);
}

/** The configured upstream, in words for people. */
export function upstreamName({ upstream }: Pick<Config, 'upstream'>): string {
  switch (upstream.kind) {
    case 'simulator':
      return 'built-in simulator (no model behind it)';
    case 'http':
      return upstream.url;
    case 'pool':
      return upstream.pool.upstreams.map(({ name, url }) => `${name} (${url})`).join(', ');
  }
}
