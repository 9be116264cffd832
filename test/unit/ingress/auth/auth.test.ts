import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAuth } from '../../../../services/ingress/auth/auth.ts';
import { createFailureThrottle } from '../../../../services/ingress/auth/failure-throttle.ts';
import { limits } from '../../../../shared/limits.ts';
import { createKey, hashKey, parseKey } from '../../../../shared/keys.ts';
import type { KeyRecord } from '../../../../shared/store/store.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';
import { checkProperty } from '../../../kit/properties.ts';

const STORED = createKey();
const CONFIGURED = createKey();
const UNKNOWN = createKey();
const PROVIDER_KEY = 'sk-ant-api03-0000000000';

const CLIENT_ADDRESS = '192.0.2.1';

function setUp(properties: Partial<KeyRecord> = {}) {
  const lookups: string[] = [];
  const record: KeyRecord = {
    id: idOf(STORED),
    hash: hashKey(STORED),
    name: 'a',
    createdAt: 0,
    ...properties,
  };
  const clock = createFakeClock(1_000);
  const authenticateFrom = createAuth({
    clock,
    throttle: createFailureThrottle({ clock, limits: { ...limits.auth, failuresMax: 2 } }),
    configuredKeys: [CONFIGURED],
    store: {
      async keyByHash(hash) {
        lookups.push(hash);
        return hash === record.hash ? record : undefined;
      },
    },
  });
  const authenticate = (headers: readonly string[], address = CLIENT_ADDRESS) =>
    authenticateFrom(headers, address);
  return { lookups, authenticate, clock };
}

function idOf(key: string): string {
  return parseKey(key)?.id ?? '';
}

describe('authentication', () => {
  it.each([
    ['x-api-key', ['x-api-key', STORED]],
    ['X-Api-Key in any case', ['X-API-Key', STORED]],
    ['a Bearer token', ['authorization', `Bearer ${STORED}`]],
    ['a Bearer token in any case, with spaces', ['Authorization', `bearer   ${STORED} `]],
    ['both headers with the same key', ['authorization', `Bearer ${STORED}`, 'x-api-key', STORED]],
  ])('accepts a stored key as %s', async (_, headers) => {
    const { authenticate } = setUp();
    const id = idOf(STORED);
    expect(await authenticate(headers)).toEqual({ keyId: id, tenant: id, secret: STORED });
  });

  it('accepts a configured key without a lookup', async () => {
    const { lookups, authenticate } = setUp();
    expect(await authenticate(['x-api-key', CONFIGURED])).toEqual({
      keyId: idOf(CONFIGURED),
      tenant: idOf(CONFIGURED),
      secret: CONFIGURED,
    });
    expect(lookups).toEqual([]);
  });

  it('looks keys up by hash', async () => {
    const { lookups, authenticate } = setUp();
    await authenticate(['x-api-key', STORED]);
    expect(lookups).toEqual([hashKey(STORED)]);
  });

  it.each([
    [
      'x-api-key if both have a key',
      CONFIGURED,
      ['authorization', `Bearer ${STORED}`, 'x-api-key', CONFIGURED],
    ],
    [
      'x-api-key beside a provider key',
      STORED,
      ['authorization', `Bearer ${PROVIDER_KEY}`, 'x-api-key', STORED],
    ],
    [
      'the Bearer token beside a provider key',
      STORED,
      ['x-api-key', PROVIDER_KEY, 'authorization', `Bearer ${STORED}`],
    ],
    [
      'the Bearer token beside a malformed key',
      STORED,
      ['x-api-key', `${CONFIGURED}x`, 'authorization', `Bearer ${STORED}`],
    ],
  ])('uses %s', async (_, secret, headers) => {
    const { authenticate } = setUp();
    expect(await authenticate(headers)).toMatchObject({ secret });
  });

  it('does not fall back to the Bearer token if the key in x-api-key is unknown', async () => {
    const { authenticate } = setUp();
    const headers = ['x-api-key', UNKNOWN, 'authorization', `Bearer ${STORED}`];
    await expect(authenticate(headers)).rejects.toMatchObject({ code: 'invalid_api_key' });
  });

  it.each([
    ['a request without credentials', []],
    ['an unknown key', ['x-api-key', UNKNOWN]],
    ['an unknown Bearer token', ['authorization', `Bearer ${UNKNOWN}`]],
    ['a provider key', ['x-api-key', PROVIDER_KEY]],
    ['a key with one character changed', ['x-api-key', withLastCharChanged(STORED)]],
    ['an empty key', ['x-api-key', '']],
    ['a key in another header', ['x-llmp-key', STORED]],
    ['another scheme', ['authorization', `Basic ${STORED}`]],
    ['a token without its scheme', ['authorization', STORED]],
    ['two tokens', ['authorization', `Bearer ${STORED} ${STORED}`]],
    ['a scheme without a token', ['authorization', 'Bearer ']],
  ])('rejects %s without advising a retry', async (_, headers) => {
    const { authenticate } = setUp();
    const error = await authenticate(headers).then(
      () => new Error('accepted'),
      (thrown: Error) => thrown,
    );
    expect(error).toMatchObject({ code: 'invalid_api_key', status: 401, retry: false });
    const secrets = [STORED, UNKNOWN, PROVIDER_KEY];
    expect(secrets.filter((secret) => error.message.includes(secret))).toEqual([]);
  });

  it.each([
    ['revoked', 'The API key was revoked.', { disabledAt: 5 }],
    ['revoked and expired', 'The API key was revoked.', { disabledAt: 5, expiresAt: 6 }],
    ['expired', 'The API key has expired.', { expiresAt: 1_000 }],
  ])('rejects a key that is %s', async (_, message, properties) => {
    const { authenticate } = setUp(properties);
    const result = authenticate(['x-api-key', STORED]);
    await expect(result).rejects.toMatchObject({ code: 'invalid_api_key', message, retry: false });
  });

  it('accepts a key until it expires', async () => {
    const { authenticate, clock } = setUp({ expiresAt: 1_500 });
    clock.advance(499);
    await authenticate(['x-api-key', STORED]);
    clock.advance(1);
    await expect(authenticate(['x-api-key', STORED])).rejects.toMatchObject({ status: 401 });
  });

  it('returns the models the key may use', async () => {
    const { authenticate } = setUp({ models: ['m'] });
    expect(await authenticate(['x-api-key', STORED])).toMatchObject({ models: ['m'] });
  });

  it('throttles unknown keys of an address after too many failures, but no valid key', async () => {
    const { authenticate, lookups } = setUp();
    for (const headers of [
      ['x-api-key', UNKNOWN],
      ['x-api-key', PROVIDER_KEY],
    ]) {
      await expect(authenticate(headers)).rejects.toMatchObject({ code: 'invalid_api_key' });
    }
    for (const key of [UNKNOWN, PROVIDER_KEY, withLastCharChanged(STORED)]) {
      const again = authenticate(['x-api-key', key]);
      await expect(again).rejects.toMatchObject({ code: 'too_many_auth_failures', status: 429 });
    }
    // A key that was never seen before, from the store or the configuration.
    expect(await authenticate(['x-api-key', STORED])).toMatchObject({ secret: STORED });
    expect(await authenticate(['x-api-key', CONFIGURED])).toMatchObject({ secret: CONFIGURED });
    // Keys of the wrong form are not looked up.
    expect(lookups).toEqual([UNKNOWN, UNKNOWN, STORED].map(hashKey));
  });

  it('accepts every valid key, whatever unknown keys come before it', async () => {
    const keys = fc.array(fc.constantFrom(UNKNOWN, PROVIDER_KEY, STORED, CONFIGURED, ''));
    await checkProperty(
      fc.asyncProperty(keys, async (presented) => {
        const { authenticate } = setUp();
        for (const key of presented) {
          const accepted = authenticate(['x-api-key', key]).then(
            () => true,
            () => false,
          );
          expect(await accepted).toBe(key === STORED || key === CONFIGURED);
        }
      }),
    );
  });

  it('does not count a revoked or missing key as a guess', async () => {
    const { authenticate } = setUp({ disabledAt: 5 });
    for (const headers of [['x-api-key', STORED], []]) {
      for (let time = 0; time < 5; time++) {
        await expect(authenticate(headers)).rejects.toMatchObject({ code: 'invalid_api_key' });
      }
    }
  });

  it('reports a failed store instead of an invalid key', async () => {
    const cause = new RangeError('down');
    const failing = { keyByHash: () => Promise.reject(cause) };
    const clock = createFakeClock();
    const throttle = createFailureThrottle({ clock, limits: limits.auth });
    const authenticate = createAuth({ configuredKeys: [], store: failing, clock, throttle });
    const result = authenticate(['x-api-key', STORED], CLIENT_ADDRESS);
    await expect(result).rejects.toMatchObject({ code: 'store_down', status: 503, cause });
  });
});

function withLastCharChanged(key: string): string {
  return key.slice(0, -1) + (key.endsWith('a') ? 'b' : 'a');
}
