// Names of environment variables: injected ones are ignored, misspelt ones are reported.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../../services/config/config.ts';

type Env = Record<string, string>;

function issuesOf(env: Env): readonly string[] {
  try {
    readConfig(env, []);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  return [];
}

/** The variables Kubernetes injects for a Service, as documented. */
function service(prefix: string, ip = '10.0.0.1', url = `tcp://${ip}:8080`): Env {
  return {
    [`${prefix}_SERVICE_HOST`]: ip,
    [`${prefix}_SERVICE_PORT`]: '8080',
    [`${prefix}_SERVICE_PORT_HTTP`]: '8080',
    [`${prefix}_PORT`]: url,
    [`${prefix}_PORT_8080_TCP`]: url,
    [`${prefix}_PORT_8080_TCP_PROTO`]: 'tcp',
    [`${prefix}_PORT_8080_TCP_PORT`]: '8080',
    [`${prefix}_PORT_8080_TCP_ADDR`]: ip,
  };
}

describe('injected variables', () => {
  it.each([
    ['a Service llmp', service('LLMP')],
    ['a Service llmp-ingress', service('LLMP_INGRESS')],
    ['a Service llmp-health, as a setting is named', service('LLMP_HEALTH')],
    ['a Service with an IPv6 address', service('LLMP', 'fd00::1', 'tcp://[fd00::1]:8080')],
    ['Services nats and redis', { ...service('NATS'), ...service('REDIS') }],
    ['a Service over UDP', { LLMP_PORT: 'udp://10.0.0.1:53', LLMP_PORT_53_UDP_PROTO: 'udp' }],
    [
      'a link to a container llmp',
      {
        LLMP_PORT: 'tcp://172.17.0.2:8080',
        LLMP_NAME: '/client/llmp',
        LLMP_ENV_PATH: '/bin',
        LLMP_ENV_LLMP_DATA_DIR: '/data',
      },
    ],
  ])('are ignored for %s', (_what, env: Env) => {
    expect(readConfig(env, [])).toEqual(readConfig({}, []));
  });

  it.each([
    ['LLMP_PORT', { LLMP_PORT: 'http://10.0.0.1:8080' }],
    ['LLMP_PROT', { LLMP_PROT: 'tcp://10.0.0.1:8080' }],
    ['LLMP_INGRESS_PORT', { LLMP_INGRESS_PORT: '8080' }],
    ['LLMP_SERVICE_HOST', { LLMP_SERVICE_HOST: 'llmp.example' }],
    ['LLMP_SERVICE_PORT', { LLMP_SERVICE_PORT: '8080' }],
    ['LLMP_PORT_8080_TCP', { LLMP_PORT_8080_TCP: '8080' }],
    ['LLMP_PORT_8080_TCP_ADDR', { LLMP_PORT_8080_TCP_ADDR: 'here' }],
    ['LLMP_NAME', { LLMP_NAME: 'gateway' }],
    ['LLMP_ENV_FILE', { LLMP_ENV_FILE: '/etc/env' }],
  ])('are distinguished from similar ones: %s', (name, env: Env) => {
    expect(issuesOf(env)).toEqual([expect.stringMatching(new RegExp(`^${name}: `))]);
  });
});

describe('a misspelt name', () => {
  it.each([
    ['LLMP_HOSTT', 'LLMP_HOST'],
    ['LLMP_PROT', 'LLMP_PORT'],
    ['LLMP_UPSTREAM', 'LLMP_UPSTREAMS'],
    ['LLMP_ADMIN_TOKN_FILE', 'LLMP_ADMIN_TOKEN_FILE'],
    ['NATS_PASSWORT', 'NATS_PASSWORD'],
    ['NATS_PASSWORT_FILE', 'NATS_PASSWORD_FILE'],
    ['REDIS_PASSWROD', 'REDIS_PASSWORD'],
    ['ANTHROPIC_APIKEY', 'ANTHROPIC_API_KEY'],
  ])('%s is rejected with the suggestion %s', (name, meant) => {
    expect(issuesOf({ [name]: 'x' })).toEqual([
      `${name}: there is no such setting; did you mean ${meant}?`,
    ]);
  });

  it('unlike any setting is rejected without a suggestion', () => {
    expect(issuesOf({ LLMP_KITCHEN: 'x' })).toEqual(['LLMP_KITCHEN: there is no such setting']);
  });

  it.each([
    'REDIS_URI',
    'REDIS_HOST',
    'NATS_PORT',
    'NATS_CREDS',
    'ANTHROPIC_API_KEYS',
    'ANTHROPIC_BASE_URL',
    'DATABASE_URI',
    'http_proxy',
    'ALL_PROXY',
  ])('is not %s, which other programs use', (name) => {
    expect(issuesOf({ [name]: 'x' })).toEqual([]);
  });

  it('is ignored when the setting itself is given', () => {
    const env = { NATS_URL: 'nats://a', NATS_USER: 'a', NATS_PASSWORD: 'b' };
    expect(issuesOf({ ...env, NATS_PASSWORD2: 'c' })).toEqual([]);
  });

  it.each(['NATS_USER_FILE', 'NO_PROXY_FILE'])('is %s, as only secrets come from files', (name) => {
    expect(issuesOf({ [name]: 'x' })).toEqual([
      `${name}: there is no such setting; only secrets may come from a file`,
    ]);
  });
});

describe('a file that cannot be read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'llmp-names-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['hunter2-the-key-itself', 'ENOENT'],
    [folder, 'EISDIR'],
    [join(folder, 'file', 'below'), 'ENOTDIR'],
  ])('named by %s is reported with the reason, without its path', (path, code) => {
    const file = join(folder, 'file');
    writeFileSync(file, 'hunter2');
    chmodSync(file, 0o600);
    for (const variable of ['ANTHROPIC_API_KEY_FILE', 'LLMP_CONFIG']) {
      expect(issuesOf({ [variable]: path })).toEqual([
        `${variable}: names a file that cannot be read (${code})`,
      ]);
    }
  });
});

describe('the password of Redis', () => {
  const REDIS_PASSWORD = 'p%w/@:?#ü';

  it.each(['redis://ingress@store:6379/1', 'rediss://ingress@store?family=6'])(
    'goes to the user that %s names',
    (REDIS_URL) => {
      const url = new URL(readConfig({ REDIS_URL, REDIS_PASSWORD }, []).redisUrl ?? '');
      expect(decodeURIComponent(url.password)).toBe(REDIS_PASSWORD);
      url.password = '';
      expect(url.href).toBe(REDIS_URL);
    },
  );

  it.each([
    'redis://store:6379',
    'redis://:own@store',
    'redis://ingress:own@store',
    'redis://ingress@store?password=own',
  ])('leaves %s as it is', (REDIS_URL) => {
    expect(readConfig({ REDIS_URL, REDIS_PASSWORD }, []).redisUrl).toBe(REDIS_URL);
  });

  it('is rejected in a URL when it cannot be decoded', () => {
    expect(issuesOf({ REDIS_URL: 'redis://ingress:%zz@store' })).toEqual([
      'REDIS_URL: must be a redis:// or rediss:// URL, redis+cluster://HOST,HOST or redis+sentinel://HOST,HOST/PRIMARY',
    ]);
  });
});

describe('origins of pages', () => {
  const allowed = (LLMP_CORS_ORIGINS: string) =>
    readConfig({ LLMP_CORS_ORIGINS }, []).http.corsOrigins;

  it('are what browsers send as the origin', () => {
    expect(readConfig({}, []).http.corsOrigins).toEqual([]);
    expect(allowed('*')).toEqual(['*']);
    const several = 'https://chat.example.com, http://localhost:5173,chrome-extension://abcdef';
    expect(allowed(several)).toEqual(several.split(/, ?/));
  });

  it.each([
    'chat.example.com',
    'https://chat.example.com/',
    'https://chat.example.com/app',
    'https://Chat.example.com',
    'https://chat.example.com:443',
    'https://*.example.com',
    'null',
    'https://a.example.com,',
  ])('are not %s', (LLMP_CORS_ORIGINS) => {
    expect(issuesOf({ LLMP_CORS_ORIGINS })).toEqual([
      expect.stringMatching(/^LLMP_CORS_ORIGINS: entry \d must be \* or an origin such as/),
    ]);
  });
});

describe('trusted proxies', () => {
  const trusted = (LLMP_TRUSTED_PROXIES: string) =>
    readConfig({ LLMP_TRUSTED_PROXIES }, []).http.trustedProxies;

  it('are addresses and networks, or a number of hops', () => {
    expect(trusted('10.0.0.0/8, 127.0.0.1,fd00::/8')).toEqual([
      '10.0.0.0/8',
      '127.0.0.1',
      'fd00::/8',
    ]);
    expect(trusted('2')).toBe(2);
  });

  it.each([
    '0',
    '100',
    '-1',
    'true',
    '*',
    'proxy.example',
    '10.0.0.0/33',
    '0.0.0.0/0',
    '::/0',
    'a,',
  ])('are not %s', (LLMP_TRUSTED_PROXIES) => {
    expect(issuesOf({ LLMP_TRUSTED_PROXIES })).toEqual([
      expect.stringMatching(/^LLMP_TRUSTED_PROXIES: must be a number of hops/),
    ]);
  });
});

describe('several Redis servers', () => {
  const REDIS_URL = 'rediss+sentinel://ingress@s1,s2/main';

  it('are read with the login of servers and sentinels', () => {
    const env = { REDIS_URL, REDIS_PASSWORD: 'a b', REDIS_SENTINEL_PASSWORD: 'c' };
    expect(readConfig(env, [])).toMatchObject({
      redisUrl: 'rediss+sentinel://ingress:a%20b@s1,s2/main',
      redisSentinel: { password: 'c' },
    });
    expect(readConfig({ ...env, REDIS_SENTINEL_USER: 'd' }, []).redisSentinel).toEqual({
      user: 'd',
      password: 'c',
    });
  });

  it.each([
    [{}, 'REDIS_SENTINEL_PASSWORD: has no effect because REDIS_URL names no sentinels'],
    [
      { REDIS_URL: 'redis+cluster://a,b' },
      'REDIS_SENTINEL_PASSWORD: has no effect because REDIS_URL names no sentinels',
    ],
    [
      { REDIS_URL, REDIS_SENTINEL_PASSWORD: '', REDIS_SENTINEL_USER: 'd' },
      'REDIS_SENTINEL_USER: needs REDIS_SENTINEL_PASSWORD',
    ],
  ])('have no sentinels to log in to: %j', (env, issue) => {
    expect(issuesOf({ REDIS_SENTINEL_PASSWORD: 'c', ...env })).toEqual([issue]);
  });
});

describe('features that go through', () => {
  const passed = (LLMP_PASS_THROUGH: string) => readConfig({ LLMP_PASS_THROUGH }, []).passThrough;

  it('are none by default, and any that are named', () => {
    expect(readConfig({}, []).passThrough).toEqual([]);
    expect(passed('files')).toEqual(['files']);
    expect(passed('batches, skills,agents,complete')).toEqual([
      'batches',
      'skills',
      'agents',
      'complete',
    ]);
  });

  it.each([
    ['batchs', 'entry 1', '; did you mean batches?'],
    ['files,fils', 'entry 2', '; did you mean files?'],
    ['files,everything', 'entry 2', ''],
    ['*', 'entry 1', ''],
    ['Files', 'entry 1', '; did you mean files?'],
  ])('are not %s', (LLMP_PASS_THROUGH, entry, hint) => {
    expect(issuesOf({ LLMP_PASS_THROUGH })).toEqual([
      `LLMP_PASS_THROUGH: ${entry} is none of batches, files, skills, agents, complete${hint}`,
    ]);
  });
});
