import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../../services/config/config.ts';
import {
  COMMAND_ONLY,
  COMPOSE_ONLY,
  isSecret,
  pathOf,
  SETTING_NAMES,
  settingsSchema,
} from '../../../services/config/settings.ts';
import { createKey } from '../../../shared/keys.ts';
import { limits } from '../../../shared/limits.ts';
import { PRICE_LIST } from '../../../shared/metering/price-list.ts';
import { checkProperty } from '../../kit/properties.ts';

type Env = Record<string, string>;

const folder = mkdtempSync(join(tmpdir(), 'llmp-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
/** @returns The path of a new file with this content. */
function file(content: string): string {
  const path = join(folder, `file-${++files}`);
  writeFileSync(path, content);
  return path;
}

function issuesOf(env: Env, args: string[] = []): readonly string[] {
  try {
    readConfig(env, args);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  return [];
}

const yaml = (content: string, env: Env = {}) =>
  readConfig({ ...env, LLMP_CONFIG: file(content) }, []);
const yamlIssues = (content: string) => issuesOf({ LLMP_CONFIG: file(content) });

describe('readConfig without settings', () => {
  it('hosts all workers and a simulator on loopback', () => {
    expect(readConfig({}, [])).toEqual({
      workers: ['ingress', 'scrubber', 'policy', 'rag', 'upstream'],
      http: { host: '127.0.0.1', port: 8080, trustedProxies: null, corsOrigins: [] },
      health: { host: '127.0.0.1', port: 8081 },
      internal: { host: '127.0.0.1', port: 0 },
      dataDir: resolve('.llmp'),
      firstKey: 'hide',
      logLevel: 'info',
      nats: null,
      redisUrl: null,
      redisCa: null,
      redisSentinel: null,
      scrubber: { key: null, rules: null, threads: null },
      policies: null,
      embeddings: null,
      databaseUrl: null,
      upstream: { kind: 'simulator' },
      proxy: null,
      keys: [],
      adminToken: null,
      prices: PRICE_LIST,
      models: null,
      passThrough: [],
      onStoreError: 'open',
      limits,
    });
  });

  it('returns a deeply frozen value', () => {
    const config = readConfig({ NATS_URL: 'nats://a', LLMP_UPSTREAM_URL: 'http://b' }, []);
    const parts = [config, config.http, config.workers, config.nats, config.nats?.servers];
    for (const part of [
      ...parts,
      config.upstream,
      config.keys,
      config.limits.pipeline.inFlightMax,
    ]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });
});

describe('readConfig with workers', () => {
  const NATS_URL = 'nats://broker:4222';

  it('hosts the named workers once each, in pipeline order', () => {
    const { workers } = readConfig({ NATS_URL }, ['upstream', 'scrubber', 'upstream']);
    expect(workers).toEqual(['scrubber', 'upstream']);
  });

  it('rejects an unknown worker and lists the known ones', () => {
    expect(issuesOf({ NATS_URL }, ['scruber'])).toEqual([
      '"scruber": is not a worker; workers are ingress, scrubber, policy, rag, upstream',
    ]);
  });

  it('rejects a subset of workers without a broker, but not all of them by name', () => {
    expect(issuesOf({}, ['scrubber'])).toEqual([expect.stringMatching(/^NATS_URL: is required/)]);
    expect(issuesOf({}, ['ingress', 'scrubber', 'policy', 'rag', 'upstream'])).toEqual([]);
  });
});

describe('readConfig with a broker and a store', () => {
  it('accepts a list of servers and a user', () => {
    const env = {
      NATS_URL: 'nats://a:4222, tls://b:4222',
      NATS_USER: 'scrubber',
      NATS_PASSWORD: 'pass word',
    };
    expect(readConfig(env, []).nats).toEqual({
      servers: ['nats://a:4222', 'tls://b:4222'],
      user: 'scrubber',
      password: 'pass word',
    });
  });

  it.each(['http://a', 'a:4222', 'nats://user:secret@a', 'nats://a/x', 'nats://a,', 'nats://a:x'])(
    'rejects %s as a server',
    (NATS_URL) => {
      expect(issuesOf({ NATS_URL })).toEqual([
        expect.stringMatching(/^NATS_URL: entry \d must be nats:\/\/ or tls:\/\//),
      ]);
    },
  );

  it('rejects an incomplete login, and a login without a broker', () => {
    const login = { NATS_USER: 'a', NATS_PASSWORD: 'b' };
    expect(issuesOf({ NATS_URL: 'nats://a', NATS_USER: 'a' })).toHaveLength(1);
    expect(issuesOf({ NATS_URL: 'nats://a', NATS_PASSWORD: 'b' })).toHaveLength(1);
    expect(issuesOf(login)).toEqual(['NATS_USER: has no effect because NATS_URL is not set']);
  });

  it('accepts a Redis URL with its password, and no other scheme', () => {
    const REDIS_URL = 'rediss://:secret@store:6379/1';
    expect(readConfig({ REDIS_URL }, []).redisUrl).toBe(REDIS_URL);
    expect(issuesOf({ REDIS_URL: 'http://store' })).toHaveLength(1);
  });

  it('accepts the internal host auto', () => {
    const { internal } = readConfig({ LLMP_INTERNAL_HOST: 'auto', LLMP_INTERNAL_PORT: '9000' }, []);
    expect(internal).toEqual({ host: 'auto', port: 9000 });
  });

  it.each(['0.0.0.0', '::', 'http://a'])('rejects %s as internal host', (LLMP_INTERNAL_HOST) => {
    expect(issuesOf({ LLMP_INTERNAL_HOST })).toHaveLength(1);
  });
});

describe('readConfig with an upstream', () => {
  it.each([
    [
      { ANTHROPIC_API_KEY: 'sk-1' },
      { url: 'https://api.anthropic.com', credential: { header: 'x-api-key', value: 'sk-1' } },
    ],
    [
      { LLMP_UPSTREAM_TOKEN: 't', LLMP_UPSTREAM_URL: 'http://localhost:9/prefix/' },
      {
        url: 'http://localhost:9/prefix',
        credential: { header: 'authorization', value: 'Bearer t' },
      },
    ],
    [{ LLMP_UPSTREAM_URL: 'https://other/' }, { url: 'https://other', credential: null }],
  ])('turns %j into the HTTP upstream %j', (env: Env, upstream) => {
    expect(readConfig(env, []).upstream).toEqual({ kind: 'http', ...upstream });
  });

  it('rejects two credentials', () => {
    const both = { ANTHROPIC_API_KEY: 'sk-1', LLMP_UPSTREAM_TOKEN: 't' };
    expect(issuesOf(both)).toEqual([
      'ANTHROPIC_API_KEY and LLMP_UPSTREAM_TOKEN: must not be set together',
    ]);
  });

  it.each(['ftp://a', 'api.anthropic.com', 'https://a?x=1', 'https://a#x', 'https://u:p@a'])(
    'rejects %s as its URL',
    (LLMP_UPSTREAM_URL) => {
      expect(issuesOf({ LLMP_UPSTREAM_URL })).toEqual([
        'LLMP_UPSTREAM_URL: must be an http(s) URL without credentials, query or fragment',
      ]);
    },
  );
});

describe('readConfig with secrets in files', () => {
  const secrets = SETTING_NAMES.filter(isSecret);

  it('reads a secret from its file without the trailing newline', () => {
    const ANTHROPIC_API_KEY_FILE = file('sk-from-file\n');
    expect(readConfig({ ANTHROPIC_API_KEY_FILE }, []).upstream).toMatchObject({
      credential: { value: 'sk-from-file' },
    });
  });

  it.each(secrets)('rejects %s given both ways, or by a missing or empty file', (name) => {
    const variable = `${name}_FILE`;
    const twice = issuesOf({ [name]: 'x', [variable]: file('x') });
    expect(twice).toContainEqual(`${name}: is given twice, also by ${variable}`);
    expect(issuesOf({ [variable]: join(folder, 'none') })).toEqual([
      `${variable}: names a file that cannot be read (ENOENT)`,
    ]);
    expect(issuesOf({ [variable]: file('\n') })).toEqual([
      `${variable}: names a file that is empty`,
    ]);
  });

  it('rejects a file for a setting that is not secret', () => {
    expect(issuesOf({ LLMP_PORT_FILE: file('1') })).toEqual([
      'LLMP_PORT_FILE: there is no such setting',
    ]);
  });
});

describe('readConfig with a YAML file', () => {
  it('reads every setting at its path, and lists in both formats', () => {
    const key = createKey();
    const config = yaml(`
port: 0
upstream: { url: http://other, key: "00123456789012345678901" }
keys: [${key}]
models: a, b
limits:
  pingMs: 50
  drainMs: 60
`);
    expect(config).toMatchObject({
      http: { host: '127.0.0.1', port: 0 },
      upstream: { credential: { value: '00123456789012345678901' } },
      keys: [key],
      models: ['a', 'b'],
      limits: {
        ...limits,
        http: { ...limits.http, pingMs: 50 },
        process: { ...limits.process, drainMs: 60 },
      },
    });
  });

  it('lets the environment override the file, and ignores empty variables', () => {
    const content = 'host: from-file\nport: 1';
    expect(yaml(content, { LLMP_PORT: '2', LLMP_HOST: '' }).http).toMatchObject({
      host: 'from-file',
      port: 2,
    });
  });

  it('ignores an empty file and an empty section', () => {
    expect(yaml('# nothing\n')).toEqual(readConfig({}, []));
    expect(yaml('upstream:\nport:\n')).toEqual(readConfig({}, []));
  });

  it.each([
    ['prot: 1', 'prot in LLMP_CONFIG: there is no such setting; did you mean port?'],
    [
      'upstream: { ulr: x }',
      'upstream.ulr in LLMP_CONFIG: there is no such setting; did you mean upstream.url?',
    ],
    [
      'upstream: http://a',
      'upstream in LLMP_CONFIG: there is no such setting; did you mean upstreams?',
    ],
    ['port: { a: 1 }', 'port.a in LLMP_CONFIG: there is no such setting; did you mean port?'],
    ['models: [[a]]', 'models in LLMP_CONFIG: must be a single value or a list of values'],
    ['port: x', 'port in LLMP_CONFIG: must be a whole number from 0 to 65535'],
    ['port: [1, 2]', 'port in LLMP_CONFIG: must be a whole number from 0 to 65535'],
    ['port: 1\nport: 2', 'LLMP_CONFIG: is not valid YAML in line 2 (DUPLICATE_KEY)'],
    ['port: 1\n---\nport: 2', 'LLMP_CONFIG: is not valid YAML in line 2 (MULTIPLE_DOCS)'],
    [
      'port: *x',
      'LLMP_CONFIG: is not valid YAML: an alias has no anchor, or there are too many aliases',
    ],
    ['8080', 'the file in LLMP_CONFIG: there is no such setting'],
  ])('rejects %j', (content, issue) => {
    expect(yamlIssues(content)).toEqual([issue]);
  });

  it('rejects a missing file', () => {
    expect(issuesOf({ LLMP_CONFIG: join(folder, 'none') })).toEqual([
      'LLMP_CONFIG: names a file that cannot be read (ENOENT)',
    ]);
  });
});

describe('readConfig issues', () => {
  it('are listed in one error that names each setting', () => {
    const env = { LLMP_PORT: '70000', LLMP_LOG_LEVEL: 'loud', LLMP_PROT: '1', LLMP_PING_MS: '0' };
    expect(issuesOf({ ...env, LLMP_KEYS: 'llmp_wrong' }, ['kitchen'])).toEqual([
      'LLMP_PROT: there is no such setting; did you mean LLMP_PORT?',
      'LLMP_PORT: must be a whole number from 0 to 65535',
      'LLMP_LOG_LEVEL: must be one of fatal, error, warn, info, debug, trace, silent',
      'LLMP_KEYS: entry 1 is not a valid llmp_ key, or its checksum is wrong',
      'LLMP_PING_MS: must be a whole number from 1 to 2147483647',
      expect.stringMatching(/^"kitchen": is not a worker/),
      expect.stringMatching(/^NATS_URL: is required/),
    ]);
  });

  it('name the second of two keys when it is invalid', () => {
    expect(issuesOf({ LLMP_KEYS: `${createKey()},${createKey()}x` })).toEqual([
      expect.stringMatching(/^LLMP_KEYS: entry 2 /),
    ]);
  });

  it.each(['-1', '1.5', '1e3', '0x10', ' 1', '99999999999'])('reject %j as a number', (text) => {
    expect(issuesOf({ LLMP_PORT: text, LLMP_BODY_BYTES_MAX: text })).toHaveLength(2);
  });

  it('name a budget for bodies that one body cannot fit into', () => {
    const sizes = (max: number, inFlight: number) => ({
      LLMP_BODY_BYTES_MAX: String(max),
      LLMP_BODY_BYTES_IN_FLIGHT_MAX: String(inFlight),
    });
    expect(issuesOf(sizes(30_000_000, 59_999_999))).toEqual([
      'LLMP_BODY_BYTES_IN_FLIGHT_MAX: must be at least twice LLMP_BODY_BYTES_MAX',
    ]);
    const { http } = readConfig(sizes(30_000_000, 60_000_000), []).limits;
    expect([http.bodyBytesMax, http.bodyBytesInFlightMax]).toEqual([30_000_000, 60_000_000]);
    // The largest body that may be set fits into the default.
    expect(issuesOf({ LLMP_BODY_BYTES_MAX: String(256 * 1024 * 1024) })).toEqual([]);
  });

  it('never show a value', () => {
    const forms = ['', 'nats://', 'nats://user:', 'https://a?', 'rediss:/', '1,', 'llmp_'];
    const value = fc.tuple(fc.constantFrom(...forms), fc.string()).map(([form, tail]) => {
      return `${form}hunter2${tail}`;
    });
    checkProperty(
      fc.property(fc.dictionary(fc.constantFrom(...SETTING_NAMES), value), (env) => {
        expect(issuesOf(env, ['kitchen']).join()).not.toContain('hunter2');
      }),
    );
    const broken = yamlIssues('redis: { url: "hunter2\nupstream: {key: hunter2');
    expect(broken.join()).toMatch(/not valid YAML/);
    expect(broken.join()).not.toContain('hunter2');
  });
});

describe('.env.example', () => {
  const example = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8');
  const rows = [...example.matchAll(/^# ([A-Z][A-Z_]+)=(.*)$/gm)];
  const defaults = settingsSchema.parse({});

  it('has exactly one row per setting', () => {
    const names = rows.map((row) => row[1] ?? '');
    expect(names.toSorted()).toEqual(
      [...SETTING_NAMES, 'LLMP_CONFIG', ...COMMAND_ONLY, ...COMPOSE_ONLY].toSorted(),
    );
  });

  it('shows the default of each setting', () => {
    for (const name of SETTING_NAMES) {
      const value = rows.find((row) => row[1] === name)?.[2];
      expect(value, name).toBe([defaults[name] ?? ''].flat().join(','));
    }
  });

  it('shows the YAML path of each setting, and which are secret', () => {
    for (const name of SETTING_NAMES) {
      const place = pathOf(name).replace('.', '\\.');
      expect(example, name).toMatch(new RegExp(`[( ]${place}[,)]|[( ]${place} \\(secret\\)`));
    }
    expect(example.match(/\(secret\)/g)).toHaveLength(SETTING_NAMES.filter(isSecret).length + 1);
  });

  it('sets nothing', () => {
    expect(example).not.toMatch(/^[^#\n]/m);
  });
});

describe('readConfig for TLS and the scrubber', () => {
  const PEM = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----';

  it('accepts PEM text for the broker and the store', () => {
    const env = { NATS_URL: 'tls://a', NATS_CA: PEM, NATS_CERT: PEM, NATS_KEY: PEM };
    expect(readConfig(env, []).nats?.tls).toEqual({ ca: PEM, cert: PEM, key: PEM });
    expect(readConfig({ REDIS_URL: 'rediss://a', REDIS_CA: PEM }, []).redisCa).toBe(PEM);
    expect(readConfig({ NATS_URL: 'nats://a' }, []).nats).toEqual({ servers: ['nats://a'] });
  });

  it.each([
    { NATS_URL: 'tls://a', NATS_CA: 'no pem' },
    { NATS_URL: 'tls://a', NATS_CERT: PEM },
    { NATS_CA: PEM },
    { REDIS_CA: PEM },
    { REDIS_PASSWORD: 'x' },
    { LLMP_SCRUB_KEY: 'too short' },
  ])('rejects incomplete pairs and settings without effect: %j', (env) => {
    expect(issuesOf(env)).toHaveLength(1);
  });
});
