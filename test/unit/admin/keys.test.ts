import { describe, expect, it } from 'vitest';
import { createKeyService } from '../../../services/admin/keys.ts';
import { hashKey, parseKey } from '../../../shared/keys.ts';
import { createFakeClock } from '../../kit/fake-clock.ts';
import { keyServiceInMemory } from '../../kit/key-service.ts';

const DAY_MS = 86_400_000;

describe('a created key', () => {
  it('is stored only as a hash, with all its settings', async () => {
    const { records, service } = keyServiceInMemory();
    const fields = { name: ' laptop ü ', team: 'search', models: ['claude-a'], policy: 'strict' };
    const limits = { requests_per_minute: 5 };
    const { key, ...view } = await service.create({
      ...fields,
      cache_for: '10m',
      limits,
      expires_in: '30d',
    });
    const id = parseKey(key)?.id ?? '';
    expect(view).toEqual({
      id,
      name: 'laptop ü',
      team: 'search',
      models: ['claude-a'],
      policy: 'strict',
      collections: null,
      cache_for: '10m',
      limits,
      status: 'active',
      created_at: '2026-01-01T00:00:00.000Z',
      expires_at: '2026-01-31T00:00:00.000Z',
      revoked_at: null,
      replaced_by: null,
    });
    expect(records.get(id)?.hash).toBe(hashKey(key));
    expect(JSON.stringify([...records])).not.toContain(key);
  });

  it('allows all models and never expires by default', async () => {
    const { service } = keyServiceInMemory();
    const created = await service.create({ name: 'a' });
    expect(created).toMatchObject({ team: null, models: null, policy: null, expires_at: null });
  });

  it.each([
    ['name: must be text', {}],
    ['name: must not be empty', { name: '  ' }],
    ['name: must have at most 100 characters', { name: 'x'.repeat(101) }],
    ['name: must not have control characters', { name: 'a\u0007b' }],
    ['team: must be text', { name: 'a', team: 7 }],
    ['models: must be a list of model ids', { name: 'a', models: 'claude-a' }],
    ['models: must name a model; leave it out to allow all', { name: 'a', models: [] }],
    [
      'models.1: must be an exact model id, without wildcards',
      { name: 'a', models: ['b', 'claude-*'] },
    ],
    ['expires_in: must be a duration in s, m, h or d', { name: 'a', expires_in: 'soon' }],
    ['expires_in: must be a duration in s, m, h or d', { name: 'a', expires_in: '0s' }],
    ['expires_in: must be a duration in s, m, h or d', { name: 'a', expires_in: '9999d' }],
    ['expires: unknown field', { name: 'a', expires: '1d' }],
    ['body: ', 'a'],
    ['body: ', null],
  ])('is rejected with "%s"', async (message, input) => {
    const { records, service } = keyServiceInMemory();
    await expect(service.create(input)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(message) as string,
    });
    expect(records.size).toBe(0);
  });

  it('is rejected with every issue', async () => {
    const { service } = keyServiceInMemory();
    const input = { name: '', models: ['*'], colour: 'red' };
    await expect(service.create(input)).rejects.toThrow(/name: .*; models\.0: .*; colour: /);
  });
});

describe('the list of keys', () => {
  it('pages through all keys, without secrets', async () => {
    const { service } = keyServiceInMemory();
    const created = await Promise.all(['a', 'b', 'c'].map((name) => service.create({ name })));
    const first = await service.list({ limit: '2' });
    expect(first).toMatchObject({ has_more: true, last_id: first.data[1]?.id });
    const second = await service.list({ limit: 2, after: first.last_id });
    expect(second.has_more).toBe(false);
    const ids = [...first.data, ...second.data].map(({ id }) => id);
    expect(ids).toEqual(created.map(({ id }) => id).toSorted());
    expect(JSON.stringify(first)).not.toMatch(/llmp_|hash/);
    expect(await service.list({ after: second.last_id })).toEqual({
      data: [],
      has_more: false,
      last_id: null,
    });
  });

  it.each([
    ['limit: must be at least 1', { limit: '0' }],
    ['limit: must be at most 1000', { limit: '1001' }],
    ['limit: must be a whole number', { limit: '1.5' }],
    ['limit: must be a number', { limit: 'all' }],
    ['page: unknown field', { page: '2' }],
  ])('rejects a query with "%s"', async (message, input) => {
    await expect(keyServiceInMemory().service.list(input)).rejects.toMatchObject({
      code: 'invalid_request',
      message: message,
    });
  });
});

describe('an updated key', () => {
  it('keeps the fields that are not given', async () => {
    const { service } = keyServiceInMemory();
    const { id } = await service.create({ name: 'a', limits: { requests_per_minute: 5 } });
    expect(await service.change(id, { name: 'b' })).toMatchObject({
      name: 'b',
      limits: { requests_per_minute: 5 },
    });
    const limits = { concurrent_requests: 2 };
    expect(await service.change(id, { limits })).toMatchObject({
      name: 'b',
      limits: { requests_per_minute: 5, concurrent_requests: 2 },
    });
    const one = { requests_per_minute: null };
    expect(await service.change(id, { limits: one })).toMatchObject({ limits });
    expect(await service.change(id, { limits: null })).toMatchObject({ limits: null });
  });

  it('can change its policy, return to the default one, and enable the cache', async () => {
    const { service } = keyServiceInMemory();
    const { id } = await service.create({ name: 'a', policy: 'strict' });
    expect(await service.change(id, { name: 'b' })).toMatchObject({ policy: 'strict' });
    expect(await service.change(id, { policy: 'lax' })).toMatchObject({ policy: 'lax' });
    expect(await service.change(id, { policy: null })).toMatchObject({ policy: null });
    expect(await service.change(id, { cache_for: '5s' })).toMatchObject({ cache_for: '5s' });
    expect(await service.change(id, { name: 'c' })).toMatchObject({ cache_for: '5s' });
    expect(await service.change(id, { cache_for: null })).toMatchObject({
      cache_for: null,
    });
    await expect(service.change(id, { policy: 'No Name' })).rejects.toThrow(/^policy: must be/);
  });

  it('must exist', async () => {
    const { service } = keyServiceInMemory();
    await expect(service.change('nobody', { name: 'b' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('a revoked key', () => {
  it('stays revoked since the first time, however often it is revoked', async () => {
    const { clock, service } = keyServiceInMemory();
    const { id } = await service.create({ name: 'a' });
    const revoked = await service.revoke(id);
    expect(revoked).toMatchObject({ status: 'revoked', revoked_at: '2026-01-01T00:00:00.000Z' });
    clock.advance(DAY_MS);
    expect(await service.revoke(id)).toEqual(revoked);
  });

  it('must exist', async () => {
    await expect(keyServiceInMemory().service.revoke('nobody')).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('a rotated key', () => {
  it('keeps the lineage, and so the placeholders, of the first key', async () => {
    const { records, service } = keyServiceInMemory();
    const first = await service.create({ name: 'a' });
    const second = await service.rotate(first.id, {});
    const third = await service.rotate(second.id, {});
    expect(records.get(first.id)?.lineageId).toBeUndefined();
    expect(records.get(second.id)?.lineageId).toBe(first.id);
    expect(records.get(third.id)?.lineageId).toBe(first.id);
  });

  it('stays valid for a day beside a successor with the same settings', async () => {
    const { clock, records, service } = keyServiceInMemory();
    const fields = { name: 'a', team: 't', models: ['m'], policy: 'strict' };
    const old = await service.create({ ...fields, expires_in: '30d' });
    const created = await service.rotate(old.id, {});
    expect(created.key).not.toBe(old.key);
    expect(created).toMatchObject({ ...fields, status: 'active' });
    expect(created.expires_at).toBe(old.expires_at);
    expect(records.get(old.id)).toMatchObject({
      replacedBy: created.id,
      rotatedAt: clock.now(),
      expiresAt: clock.now() + DAY_MS,
    });
    clock.advance(DAY_MS);
    const { data } = await service.list({});
    expect(Object.fromEntries(data.map(({ id, status }) => [id, status]))).toEqual({
      [old.id]: 'expired',
      [created.id]: 'active',
    });
  });

  it.each([
    ['at once', { overlap: '0s' }, '2026-01-01T00:00:00.000Z'],
    ['after the overlap', { overlap: '1h' }, '2026-01-01T01:00:00.000Z'],
    ['when it would have anyway', { overlap: '7d' }, '2026-01-03T00:00:00.000Z'],
  ])('expires %s', async (_, input, expiresAt) => {
    const { service } = keyServiceInMemory();
    const old = await service.create({ name: 'a', expires_in: '2d' });
    await service.rotate(old.id, input);
    const { data } = await service.list({});
    expect(data.find(({ id }) => id === old.id)?.expires_at).toBe(expiresAt);
  });

  it('can give its successor another expiry', async () => {
    const { service } = keyServiceInMemory();
    const old = await service.create({ name: 'a' });
    const created = await service.rotate(old.id, { expires_in: '1h' });
    expect(created.expires_at).toBe('2026-01-01T01:00:00.000Z');
  });

  it('cannot be rotated again, and neither can a revoked or expired key', async () => {
    const { clock, service } = keyServiceInMemory();
    const [rotated, revoked, expired] = await Promise.all(
      ['1d', '1d', '1s'].map((expires_in) => service.create({ name: 'a', expires_in })),
    );
    await service.rotate(rotated?.id ?? '', {});
    await service.revoke(revoked?.id ?? '');
    clock.advance(1_000);
    for (const [key, message] of [
      [rotated, /^id: has already been replaced by \w+$/],
      [revoked, /^id: is revoked/],
      [expired, /^id: is expired/],
    ] as const) {
      await expect(service.rotate(key?.id ?? '', {})).rejects.toMatchObject({
        code: 'invalid_request',
        message: expect.stringMatching(message) as string,
      });
    }
  });

  it('has one successor when it is rotated twice at the same time', async () => {
    const { records, service } = keyServiceInMemory();
    const { id } = await service.create({ name: 'a' });
    const both = await Promise.allSettled([service.rotate(id, {}), service.rotate(id, {})]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(records.size).toBe(2);
  });

  it('must exist, and the overlap must be valid', async () => {
    const { service } = keyServiceInMemory();
    await expect(service.rotate('nobody', {})).rejects.toMatchObject({ code: 'not_found' });
    await expect(service.rotate('nobody', { overlap: '31d' })).rejects.toThrow(/^overlap: must/);
  });
});

describe('the collections of a key', () => {
  it('are stored, shown, replaced, rotated and removed', async () => {
    const { service } = keyServiceInMemory();
    const created = await service.create({
      name: 'a',
      team: 'staff',
      collections: ['faq', 'secret'],
    });
    expect(created.collections).toEqual(['faq', 'secret']);
    const rotated = await service.rotate(created.id, {});
    expect(rotated.collections).toEqual(['faq', 'secret']);
    expect((await service.change(created.id, { collections: ['faq'] })).collections).toEqual([
      'faq',
    ]);
    expect((await service.change(created.id, { name: 'b' })).collections).toEqual(['faq']);
    expect((await service.change(created.id, { collections: null })).collections).toBeNull();
  });

  it('must exist and belong to no other team', async () => {
    const { service } = keyServiceInMemory();
    const refused =
      'collections: there is no collection "x" (there are faq, secret); collections: secret belongs to another team';
    await expect(service.create({ name: 'a', collections: ['x', 'secret'] })).rejects.toThrow(
      refused,
    );
    const { id } = await service.create({ name: 'a', team: 'other' });
    await expect(service.change(id, { collections: ['secret'] })).rejects.toThrow(
      'secret belongs to another team',
    );
    await expect(service.create({ name: 'a', collections: ['faq', 'faq'] })).rejects.toThrow(
      'must not name a collection twice',
    );
  });
});

describe('the key service', () => {
  it('reports that the store is down', async () => {
    const down = () => Promise.reject(new RangeError('gone'));
    const store = {
      addKey: down,
      keyById: down,
      listKeys: down,
      updateKey: down,
      collection: down,
      listCollections: down,
    };
    const policyNames = async () => [];
    const service = createKeyService({ store, clock: createFakeClock(), policyNames });
    for (const call of [
      service.create({ name: 'a' }),
      service.list({}),
      service.revoke('a'),
      service.rotate('a', {}),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'store_down' });
    }
  });
});
