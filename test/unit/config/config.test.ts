import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../../services/config/config.ts';
import {
  isSecret,
  placeOf,
  SETTING_NAMES,
  settingsSchema,
} from '../../../services/config/settings.ts';
import { COMPOSE_ONLY } from '../../../services/host/compose/settings.ts';
import { createKey } from '../../../shared/keys.ts';
import { limits } from '../../../shared/limits.ts';
import { PRICE_LIST } from '../../../shared/metering/price-list.ts';
import { checkProperty } from '../../kit/properties.ts';

type Env = Record<string, string>;

const folder = mkdtempSync(join(tmpdir(), 'llmp-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
/** A file with this content; gives its path. */
function file(content: string): string {
  const path = join(folder, `file-${++files}`);
  writeFileSync(path, content);
  return path;
}

function faultsOf(env: Env, args: string[] = []): readonly string[] {
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
const yamlFaults = (content: string) => faultsOf({ LLMP_CONFIG: file(content) });

describe('readConfig without settings', () => {
  it('hosts every room beside a simulator on loopback', () => {
    expect(readConfig({}, [])).toEqual({
      workers: ['ingress', 'scrubber', 'policy', 'rag', 'upstream'],
      http: { host: '127.0.0.1', port: 8080, trustedProxies: null },
      health: { host: '127.0.0.1', port: 8081 },
      internal: { host: '127.0.0.1', port: 0 },
      dataDir: '.llmp',
      logLevel: 'info',
      nats: null,
      redisUrl: null,
      redisCa: null,
      scrubber: { key: null, rules: null },
      policies: null,
      embeddings: null,
      databaseUrl: null,
      upstream: { kind: 'simulator' },
      proxy: null,
      keys: [],
      adminToken: null,
      prices: PRICE_LIST,
      models: null,
      onStoreError: 'open',
      limits,
    });
  });

  it('gives a value that is frozen to its leaves', () => {
    const config = readConfig({ NATS_URL: 'nats://a', LLMP_UPSTREAM_URL: 'http://b' }, []);
    const parts = [config, config.http, config.workers, config.nats, config.nats?.servers];
    for (const part of [...parts, config.upstream, config.keys, config.limits.inFlightMax]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });
});

describe('readConfig with rooms', () => {
  const NATS_URL = 'nats://broker:4222';

  it('hosts the rooms named, in the order of the walk and each once', () => {
    const { workers } = readConfig({ NATS_URL }, ['upstream', 'scrubber', 'upstream']);
    expect(workers).toEqual(['scrubber', 'upstream']);
  });

  it('refuses a word that is no room and says which there are', () => {
    expect(faultsOf({ NATS_URL }, ['scruber'])).toEqual([
      '"scruber": is no room; rooms are ingress, scrubber, policy, rag, upstream',
    ]);
  });

  it('refuses a part of the rooms without a broker, but not all of them by name', () => {
    expect(faultsOf({}, ['scrubber'])).toEqual([expect.stringMatching(/^NATS_URL: is needed/)]);
    expect(faultsOf({}, ['ingress', 'scrubber', 'policy', 'rag', 'upstream'])).toEqual([]);
  });
});

describe('readConfig with a broker and a store', () => {
  it('takes a list of servers and a user', () => {
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
    'refuses %s as a server',
    (NATS_URL) => {
      expect(faultsOf({ NATS_URL })).toEqual([
        expect.stringMatching(/^NATS_URL: entry \d must be nats:\/\/ or tls:\/\//),
      ]);
    },
  );

  it('refuses half a login, and a login without a broker', () => {
    const login = { NATS_USER: 'a', NATS_PASSWORD: 'b' };
    expect(faultsOf({ NATS_URL: 'nats://a', NATS_USER: 'a' })).toHaveLength(1);
    expect(faultsOf({ NATS_URL: 'nats://a', NATS_PASSWORD: 'b' })).toHaveLength(1);
    expect(faultsOf(login)).toEqual(['NATS_USER: is without effect as NATS_URL is not set']);
  });

  it('takes a Redis URL with its password, and no other scheme', () => {
    const REDIS_URL = 'rediss://:secret@store:6379/1';
    expect(readConfig({ REDIS_URL }, []).redisUrl).toBe(REDIS_URL);
    expect(faultsOf({ REDIS_URL: 'http://store' })).toHaveLength(1);
  });

  it('leaves an internal host of auto to the connection with the broker', () => {
    const { internal } = readConfig({ LLMP_INTERNAL_HOST: 'auto', LLMP_INTERNAL_PORT: '9000' }, []);
    expect(internal).toEqual({ host: 'auto', port: 9000 });
  });

  it.each(['0.0.0.0', '::', 'http://a'])('refuses %s as internal host', (LLMP_INTERNAL_HOST) => {
    expect(faultsOf({ LLMP_INTERNAL_HOST })).toHaveLength(1);
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
  ])('makes of %j the HTTP upstream %j', (env: Env, upstream) => {
    expect(readConfig(env, []).upstream).toEqual({ kind: 'http', ...upstream });
  });

  it('refuses two credentials, as only one could be sent', () => {
    const both = { ANTHROPIC_API_KEY: 'sk-1', LLMP_UPSTREAM_TOKEN: 't' };
    expect(faultsOf(both)).toEqual([
      'ANTHROPIC_API_KEY and LLMP_UPSTREAM_TOKEN: only one of them can be sent',
    ]);
  });

  it.each(['ftp://a', 'api.anthropic.com', 'https://a?x=1', 'https://a#x', 'https://u:p@a'])(
    'refuses %s as its URL',
    (LLMP_UPSTREAM_URL) => {
      expect(faultsOf({ LLMP_UPSTREAM_URL })).toEqual([
        'LLMP_UPSTREAM_URL: must be an http(s) URL without credentials, query or fragment',
      ]);
    },
  );
});

describe('readConfig with secrets in files', () => {
  const secrets = SETTING_NAMES.filter(isSecret);

  it('takes a secret from its file without the newline at the end', () => {
    const ANTHROPIC_API_KEY_FILE = file('sk-from-file\n');
    expect(readConfig({ ANTHROPIC_API_KEY_FILE }, []).upstream).toMatchObject({
      credential: { value: 'sk-from-file' },
    });
  });

  it.each(secrets)('refuses %s given both ways, or by a missing or empty file', (name) => {
    const variable = `${name}_FILE`;
    const twice = faultsOf({ [name]: 'x', [variable]: file('x') });
    expect(twice).toContainEqual(`${name}: is given twice, also by ${variable}`);
    expect(faultsOf({ [variable]: join(folder, 'none') })).toEqual([
      `${variable}: names a file that cannot be read (ENOENT)`,
    ]);
    expect(faultsOf({ [variable]: file('\n') })).toEqual([
      `${variable}: names a file that is empty`,
    ]);
  });

  it('refuses a file for a setting that is not secret', () => {
    expect(faultsOf({ LLMP_PORT_FILE: file('1') })).toEqual([
      'LLMP_PORT_FILE: there is no such setting',
    ]);
  });
});

describe('readConfig with a YAML file', () => {
  it('takes every setting at its place, lists in either form', () => {
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
      limits: { ...limits, pingMs: 50, drainMs: 60 },
    });
  });

  it('lets the environment win, and counts an empty variable as absent', () => {
    const content = 'host: from-file\nport: 1';
    expect(yaml(content, { LLMP_PORT: '2', LLMP_HOST: '' }).http).toMatchObject({
      host: 'from-file',
      port: 2,
    });
  });

  it('takes nothing from an empty file or an empty section', () => {
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
    ['models: [[a]]', 'models in LLMP_CONFIG: must be a single value or a list of them'],
    ['port: x', 'port in LLMP_CONFIG: must be a whole number from 0 to 65535'],
    ['port: [1, 2]', 'port in LLMP_CONFIG: must be a whole number from 0 to 65535'],
    ['port: 1\nport: 2', 'LLMP_CONFIG: is not valid YAML in line 2 (DUPLICATE_KEY)'],
    ['port: 1\n---\nport: 2', 'LLMP_CONFIG: is not valid YAML in line 2 (MULTIPLE_DOCS)'],
    ['port: *x', 'LLMP_CONFIG: is not valid YAML, as an alias has no anchor or there are too many'],
    ['8080', 'the whole in LLMP_CONFIG: there is no such setting'],
  ])('refuses %j', (content, addIssue) => {
    expect(yamlFaults(content)).toEqual([addIssue]);
  });

  it('refuses a file that is not there', () => {
    expect(faultsOf({ LLMP_CONFIG: join(folder, 'none') })).toEqual([
      'LLMP_CONFIG: names a file that cannot be read (ENOENT)',
    ]);
  });
});

describe('readConfig faults', () => {
  it('are listed all at once, in one error that names each setting', () => {
    const env = { LLMP_PORT: '70000', LLMP_LOG_LEVEL: 'loud', LLMP_PROT: '1', LLMP_PING_MS: '0' };
    expect(faultsOf({ ...env, LLMP_KEYS: 'llmp_wrong' }, ['kitchen'])).toEqual([
      'LLMP_PROT: there is no such setting; did you mean LLMP_PORT?',
      'LLMP_PORT: must be a whole number from 0 to 65535',
      'LLMP_LOG_LEVEL: must be one of fatal, error, warn, info, debug, trace, silent',
      'LLMP_KEYS: entry 1 does not have the form of an llmp_ key or its checksum is wrong',
      'LLMP_PING_MS: must be a whole number from 1 to 2147483647',
      expect.stringMatching(/^"kitchen": is no room/),
      expect.stringMatching(/^NATS_URL: is needed/),
    ]);
  });

  it('name the second of two keys when that one is wrong', () => {
    expect(faultsOf({ LLMP_KEYS: `${createKey()},${createKey()}x` })).toEqual([
      expect.stringMatching(/^LLMP_KEYS: entry 2 /),
    ]);
  });

  it.each(['-1', '1.5', '1e3', '0x10', ' 1', '99999999999'])('reject %j as a number', (text) => {
    expect(faultsOf({ LLMP_PORT: text, LLMP_BODY_BYTES_MAX: text })).toHaveLength(2);
  });

  it('never show a value, whatever the settings hold', () => {
    const forms = ['', 'nats://', 'nats://user:', 'https://a?', 'rediss:/', '1,', 'llmp_'];
    const value = fc.tuple(fc.constantFrom(...forms), fc.string()).map(([form, tail]) => {
      return `${form}hunter2${tail}`;
    });
    checkProperty(
      fc.property(fc.dictionary(fc.constantFrom(...SETTING_NAMES), value), (env) => {
        expect(faultsOf(env, ['kitchen']).join()).not.toContain('hunter2');
      }),
    );
    const broken = yamlFaults('redis: { url: "hunter2\nupstream: {key: hunter2');
    expect(broken.join()).toMatch(/not valid YAML/);
    expect(broken.join()).not.toContain('hunter2');
  });
});

describe('.env.example', () => {
  const example = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8');
  const rows = [...example.matchAll(/^# ([A-Z][A-Z_]+)=(.*)$/gm)];
  const defaults = settingsSchema.parse({});

  it('has one row for each setting and no other', () => {
    const names = rows.map((row) => row[1] ?? '');
    expect(names.toSorted()).toEqual([...SETTING_NAMES, 'LLMP_CONFIG', ...COMPOSE_ONLY].toSorted());
  });

  it('shows the default of each setting', () => {
    for (const name of SETTING_NAMES) {
      const value = rows.find((row) => row[1] === name)?.[2];
      expect(value, name).toBe([defaults[name] ?? ''].flat().join(','));
    }
  });

  it('tells the place of each setting in the YAML file, and which are secret', () => {
    for (const name of SETTING_NAMES) {
      const place = placeOf(name).replace('.', '\\.');
      expect(example, name).toMatch(new RegExp(`[( ]${place}[,)]|[( ]${place} \\(secret\\)`));
    }
    expect(example.match(/\(secret\)/g)).toHaveLength(SETTING_NAMES.filter(isSecret).length + 1);
  });

  it('sets nothing when it is used as it is', () => {
    expect(example).not.toMatch(/^[^#\n]/m);
  });
});

describe('readConfig for TLS and the scrubber', () => {
  const PEM = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----';

  it('takes PEM texts for the broker and the store', () => {
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
  ])('refuses halves and what would be without effect: %j', (env) => {
    expect(faultsOf(env)).toHaveLength(1);
  });
});
