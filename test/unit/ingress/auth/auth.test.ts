import { describe, expect, it } from 'vitest';
import { createAuth } from '../../../../services/ingress/auth/auth.ts';
import { createRejectThrottle } from '../../../../services/ingress/auth/failure-throttle.ts';
import { limits } from '../../../../shared/limits.ts';
import { createKey, hashKey, parseKey } from '../../../../shared/keys.ts';
import type { KeyRecord } from '../../../../shared/store/store.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';

const STORED = createKey();
const CONFIGURED = createKey();
const UNKNOWN = createKey();
const PROVIDER_KEY = 'sk-ant-api03-0000000000';

const HOME = '192.0.2.1';

function door(properties: Partial<KeyRecord> = {}) {
  const asked: string[] = [];
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
    throttle: createRejectThrottle({ clock, limits: { ...limits, authFailuresMax: 2 } }),
    configuredKeys: [CONFIGURED],
    store: {
      async keyByHash(hash) {
        asked.push(hash);
        return hash === record.hash ? record : undefined;
      },
    },
  });
  const authenticate = (headers: readonly string[], address = HOME) =>
    authenticateFrom(headers, address);
  return { asked, authenticate, clock };
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
    const { authenticate } = door();
    const id = idOf(STORED);
    expect(await authenticate(headers)).toEqual({ keyId: id, tenant: id, secret: STORED });
  });

  it('accepts a configured key without asking the store', async () => {
    const { asked, authenticate } = door();
    expect(await authenticate(['x-api-key', CONFIGURED])).toEqual({
      keyId: idOf(CONFIGURED),
      tenant: idOf(CONFIGURED),
      secret: CONFIGURED,
    });
    expect(asked).toEqual([]);
  });

  it('asks the store for the hash, never for the key', async () => {
    const { asked, authenticate } = door();
    await authenticate(['x-api-key', STORED]);
    expect(asked).toEqual([hashKey(STORED)]);
  });

  it.each([
    [
      'the key of x-api-key, of two',
      CONFIGURED,
      ['authorization', `Bearer ${STORED}`, 'x-api-key', CONFIGURED],
    ],
    [
      'x-api-key, beside a provider key',
      STORED,
      ['authorization', `Bearer ${PROVIDER_KEY}`, 'x-api-key', STORED],
    ],
    [
      'the Bearer token, beside a provider key',
      STORED,
      ['x-api-key', PROVIDER_KEY, 'authorization', `Bearer ${STORED}`],
    ],
    [
      'the Bearer token, beside a mistyped key',
      STORED,
      ['x-api-key', `${CONFIGURED}x`, 'authorization', `Bearer ${STORED}`],
    ],
  ])('takes %s', async (_, secret, headers) => {
    const { authenticate } = door();
    expect(await authenticate(headers)).toMatchObject({ secret });
  });

  it('does not fall back on the Bearer token when the key of x-api-key is unknown', async () => {
    const { authenticate } = door();
    const headers = ['x-api-key', UNKNOWN, 'authorization', `Bearer ${STORED}`];
    await expect(authenticate(headers)).rejects.toMatchObject({ code: 'invalid_api_key' });
  });

  it.each([
    ['no header at all', []],
    ['an unknown key', ['x-api-key', UNKNOWN]],
    ['an unknown Bearer token', ['authorization', `Bearer ${UNKNOWN}`]],
    ['a provider key', ['x-api-key', PROVIDER_KEY]],
    ['a key with one character changed', ['x-api-key', swapped(STORED)]],
    ['an empty key', ['x-api-key', '']],
    ['a key in the wrong place', ['x-llmp-key', STORED]],
    ['another scheme', ['authorization', `Basic ${STORED}`]],
    ['a token without its scheme', ['authorization', STORED]],
    ['two tokens', ['authorization', `Bearer ${STORED} ${STORED}`]],
    ['a scheme without token', ['authorization', 'Bearer ']],
  ])('rejects %s, once and for all', async (_, headers) => {
    const { authenticate } = door();
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
    const { authenticate } = door(properties);
    const answer = authenticate(['x-api-key', STORED]);
    await expect(answer).rejects.toMatchObject({ code: 'invalid_api_key', message, retry: false });
  });

  it('accepts a key up to the moment at which it expires', async () => {
    const { authenticate, clock } = door({ expiresAt: 1_500 });
    clock.advance(499);
    await authenticate(['x-api-key', STORED]);
    clock.advance(1);
    await expect(authenticate(['x-api-key', STORED])).rejects.toMatchObject({ status: 401 });
  });

  it('tells which models the key is bound to', async () => {
    const { authenticate } = door({ models: ['m'] });
    expect(await authenticate(['x-api-key', STORED])).toMatchObject({ models: ['m'] });
  });

  it('looks no more keys up for an address that tried too many', async () => {
    const { authenticate, asked } = door();
    for (const headers of [
      ['x-api-key', UNKNOWN],
      ['x-api-key', PROVIDER_KEY],
    ]) {
      await expect(authenticate(headers)).rejects.toMatchObject({ code: 'invalid_api_key' });
    }
    asked.length = 0;
    const again = authenticate(['x-api-key', UNKNOWN]);
    await expect(again).rejects.toMatchObject({ code: 'too_many_auth_failures', status: 429 });
    expect(asked).toEqual([]);
    await authenticate(['x-api-key', STORED], '192.0.2.2');
  });

  it('does not take a revoked key, or the lack of one, for a guess', async () => {
    const { authenticate } = door({ disabledAt: 5 });
    for (const headers of [['x-api-key', STORED], []]) {
      for (let time = 0; time < 5; time++) {
        await expect(authenticate(headers)).rejects.toMatchObject({ code: 'invalid_api_key' });
      }
    }
  });

  it('says that the store failed, which is not the fault of the key', async () => {
    const cause = new RangeError('down');
    const failing = { keyByHash: () => Promise.reject(cause) };
    const clock = createFakeClock();
    const throttle = createRejectThrottle({ clock, limits });
    const authenticate = createAuth({ configuredKeys: [], store: failing, clock, throttle });
    const answer = authenticate(['x-api-key', STORED], HOME);
    await expect(answer).rejects.toMatchObject({ code: 'store_down', status: 503, cause });
  });
});

function swapped(key: string): string {
  return key.slice(0, -1) + (key.endsWith('a') ? 'b' : 'a');
}
