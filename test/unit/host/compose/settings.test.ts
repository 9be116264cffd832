import { describe, expect, it } from 'vitest';
import { checkComposeSettings } from '../../../../services/host/compose/settings.ts';

/** Variables of the image and of a shell. */
const BASE = {
  LLMP_HOST: '0.0.0.0',
  LLMP_INTERNAL_HOST: 'auto',
  LLMP_DATA_DIR: '/data',
  PATH: '/bin',
};

const check = (env: Record<string, string>) => checkComposeSettings({ ...BASE, ...env });

describe('the settings of a compose deployment', () => {
  it.each([
    {},
    { LLMP_PORT: '9000', LLMP_HOST: '127.0.0.1', LLMP_PUBLISH: '0.0.0.0:443' },
    { LLMP_SCRUB_RULES_FILE: './rules.yaml', LLMP_POLICIES: './policies' },
    { LLMP_EMBEDDINGS_URL: 'http://host.docker.internal:11434/v1', LLMP_EMBEDDINGS_MODEL: 'm' },
    { LLMP_UPSTREAM_TOKEN: 'abc', NO_PROXY: 'localhost' },
    { POSTGRES_PASSWORD: 'a-password', POSTGRES_DB: 'of something else' },
    { LLMP_DRAIN_MS: '120000', LLMP_STOP_GRACE_PERIOD: '3m' },
    { LLMP_KEYS: '' },
    { COMPOSE_PROFILES: 'postgres', DATABASE_URL: 'postgres://llmp@postgres:5432/llmp' },
  ])('are valid: %j', (env) => {
    expect(() => check(env)).not.toThrow();
  });

  it.each([
    [{ LLMP_SCRUB_RULE: 'x' }, /LLMP_SCRUB_RULE: there is no such setting/],
    [{ REDIS_URI: 'redis://a' }, /REDIS_URI: there is no such setting/],
    [{ LLMP_PING_MS: 'soon' }, /LLMP_PING_MS: must be a whole number/],
    [{ LLMP_DATA_DIR: '.llmp' }, /LLMP_DATA_DIR: has no effect in compose/],
    [{ NATS_CA_FILE: './ca.pem' }, /NATS_CA_FILE: has no effect in compose: .*override/],
    [{ NATS_PASSWORD_INGRESS: 'x' }, /NATS_PASSWORD_INGRESS: .*init rotate/],
    [{ LLMP_SCRUB_RULES: 'version: 1', LLMP_SCRUB_RULES_FILE: 'a' }, /is set twice/],
    [{ LLMP_EMBEDDINGS_URL: 'http://a' }, /must be set together/],
    [{ LLMP_STOP_GRACE_PERIOD: 'long' }, /must be a duration/],
    [{ LLMP_STOP_GRACE_PERIOD: '10s' }, /LLMP_STOP_GRACE_PERIOD: must be 10s longer/],
  ])('are rejected with a reason: %j', (env, message) => {
    expect(() => check(env)).toThrow(message);
  });

  it('are rejected with all issues at once', () => {
    expect(() => check({ LLMP_A: '1', NATS_URL: 'nats://a' })).toThrow(/LLMP_A[^]*NATS_URL/);
  });
});
