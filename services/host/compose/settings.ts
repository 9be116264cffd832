// Checks the `.env` of a compose deployment before anything starts: compose silently ignores variables
// that docker-compose.yml does not pass on, such as misspelt ones.

import { durationMs } from '../../../shared/runtime/duration.ts';
import { limits } from '../../../shared/limits.ts';
import { ConfigError, readConfig } from '../../config/config.ts';
import { COMPOSE_ONLY, isSecret, SETTING_NAMES } from '../../config/settings.ts';
import type { Environment } from '../../config/injected.ts';
import { variablesOf } from '../../config/sources.ts';

const OVERRIDE = 'change it in a docker-compose.override.yml';
const BROKER = `compose runs its own broker with one user for each worker; to use another broker, ${OVERRIDE}`;

/** Settings that docker-compose.yml fixes, with the reason or what to do instead. */
export const FIXED_IN_COMPOSE: Readonly<Record<string, string>> = {
  LLMP_CONFIG: 'it would give every container all settings; put each setting into .env',
  LLMP_DATA_DIR: 'data is stored in named volumes',
  LLMP_FIRST_KEY: 'the first key is the file /data/first-key of the ingress',
  LLMP_HEALTH_PORT: 'each container has its own address',
  LLMP_INTERNAL_HOST: 'each container has its own address',
  LLMP_INTERNAL_PORT: 'each container has its own address',
  NATS_URL: BROKER,
  NATS_USER: BROKER,
  NATS_PASSWORD: BROKER,
  NATS_CA: BROKER,
  NATS_CERT: BROKER,
  NATS_KEY: BROKER,
  REDIS_URL_FILE: 'put the URL into REDIS_URL',
  REDIS_PASSWORD:
    'it is generated at the first start; for another server, put its password into REDIS_URL',
};

/** Set by the image for every container. */
const IMAGE_DEFAULTS: Environment = {
  LLMP_HOST: '0.0.0.0',
  LLMP_INTERNAL_HOST: 'auto',
  LLMP_DATA_DIR: '/data',
};

/** Default of the ingress in docker-compose.yml. */
const LAME_DUCK_MS = 2_000;

/** Other prefixes may belong to other programs. */
const OWN_PREFIX = /^(LLMP|NATS|REDIS)_/;

/** @throws ConfigError with all issues of the variables in `.env` */
export function checkComposeSettings(env: Environment): void {
  const given = new Map(
    Object.entries(env).filter(([name, value]) => value && value !== IMAGE_DEFAULTS[name]),
  );
  const issues = [...given.keys()].flatMap((name) => issueOf(name));
  for (const name of SETTING_NAMES.filter(isSecret)) {
    if (given.has(name) && given.has(`${name}_FILE`)) {
      issues.push(`${name}: is set twice, also by ${name}_FILE`);
    }
  }
  issues.push(...valueIssues(given), ...graceIssues(given));
  if (issues.length > 0) throw new ConfigError(issues);
}

function issueOf(name: string): string[] {
  const setting = name.replace(/_FILE$/, '');
  const fixed = FIXED_IN_COMPOSE[name] ?? FIXED_IN_COMPOSE[setting];
  if (fixed !== undefined) return [`${name}: has no effect in compose: ${fixed}`];
  if (name.startsWith('NATS_PASSWORD_')) {
    return [
      `${name}: has no effect: passwords are generated at the first start; \`docker compose run --rm init rotate\` replaces them`,
    ];
  }
  const known: readonly string[] = [...SETTING_NAMES.flatMap(variablesOf), ...COMPOSE_ONLY];
  return OWN_PREFIX.test(name) && !known.includes(name)
    ? [`${name}: there is no such setting`]
    : [];
}

/** Checks values only: files are on the host, out of reach of this container. */
function valueIssues(given: ReadonlyMap<string, string | undefined>): string[] {
  const values = SETTING_NAMES.filter((name) => !(name in FIXED_IN_COMPOSE)).map(
    (name) => [name, given.get(name)] as const,
  );
  // A setting may require another one, which a file may provide.
  const files = SETTING_NAMES.filter((name) => given.has(`${name}_FILE`));
  try {
    readConfig(Object.fromEntries(values), []);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.issues.filter((issue) => !files.some((name) => issue.includes(name)));
  }
}

function graceIssues(given: ReadonlyMap<string, string | undefined>): string[] {
  const text = given.get('LLMP_STOP_GRACE_PERIOD') ?? '45s';
  const graceMs = durationMs(text);
  if (graceMs === undefined) {
    return ['LLMP_STOP_GRACE_PERIOD: must be a duration such as 45s or 5m'];
  }
  const drainMs = Number(given.get('LLMP_DRAIN_MS') ?? limits.process.drainMs);
  const lameDuckMs = Number(given.get('LLMP_LAME_DUCK_MS') ?? LAME_DUCK_MS);
  return lameDuckMs + drainMs + limits.process.shutdownMs < graceMs
    ? []
    : [
        `LLMP_STOP_GRACE_PERIOD: must be ${limits.process.shutdownMs / 1_000}s longer than LLMP_LAME_DUCK_MS and LLMP_DRAIN_MS together; containers are killed after ${text}`,
      ];
}
