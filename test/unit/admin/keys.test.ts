import { describe, expect, it } from 'vitest';
import { createKeyService } from '../../../services/admin/keys.ts';
import { hashKey, parseKey } from '../../../shared/keys.ts';
import type { KeyRecord } from '../../../shared/store/store.ts';
import { createFakeClock } from '../../kit/fake-clock.ts';
import { collectionNamed } from '../../kit/retrieval.ts';

const DAY_MS = 86_400_000;

function office() {
  const clock = createFakeClock(Date.UTC(2026, 0, 1));
  const records = new Map<string, KeyRecord>();
  const register = createKeyService({
    clock,
    store: {
      addKey: async (record) => void records.set(record.id, record),
      keyById: async (id) => records.get(id),
      listKeys: async ({ after = '', limit }) =>
        [...records.values()]
          .filter(({ id }) => id > after)
          .toSorted((one, other) => (one.id < other.id ? -1 : 1))
          .slice(0, limit),
      async updateKey(id, change, successor) {
        const found = records.get(id);
        if (!found) return undefined;
        const changed = change(found);
        records.set(id, changed);
        if (successor) records.set(successor.id, successor);
        return changed;
      },
      async collection(name) {
        const teams: Record<string, string | undefined> = { faq: undefined, secret: 'staff' };
        if (!(name in teams)) return undefined;
        const { [name]: team } = teams;
        return collectionNamed(name, team === undefined ? {} : { team });
      },
    },
  });
  return { clock, records, register };
}

describe('a created key', () => {
  it('is stored as its hash alone, with all that was said of it', async () => {
    const { records, register } = office();
    const said = { name: ' laptop ü ', team: 'search', models: ['claude-a'], policy: 'strict' };
    const limits = { requests_per_minute: 5 };
    const { key, ...view } = await register.create({
      ...said,
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
      cache_for_seconds: 600,
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

  it('allows every model and never expires when nothing is said', async () => {
    const { register } = office();
    const made = await register.create({ name: 'a' });
    expect(made).toMatchObject({ team: null, models: null, policy: null, expires_at: null });
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
      'models.1: must be the exact id of a model, without wildcards',
      { name: 'a', models: ['b', 'claude-*'] },
    ],
    ['expires_in: must be a whole number with s, m, h or d', { name: 'a', expires_in: 'soon' }],
    ['expires_in: must be a whole number with s, m, h or d', { name: 'a', expires_in: '0s' }],
    ['expires_in: must be a whole number with s, m, h or d', { name: 'a', expires_in: '9999d' }],
    ['expires: there is no such field', { name: 'a', expires: '1d' }],
    ['body: ', 'a'],
    ['body: ', null],
  ])('is refused with "%s"', async (message, input) => {
    const { records, register } = office();
    await expect(register.create(input)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(message) as string,
    });
    expect(records.size).toBe(0);
  });

  it('is refused with everything that is wrong', async () => {
    const { register } = office();
    const input = { name: '', models: ['*'], colour: 'red' };
    await expect(register.create(input)).rejects.toThrow(/name: .*; models\.0: .*; colour: /);
  });
});

describe('the list of keys', () => {
  it('goes through all of them, page by page, without secrets', async () => {
    const { register } = office();
    const made = await Promise.all(['a', 'b', 'c'].map((name) => register.create({ name })));
    const first = await register.list({ limit: '2' });
    expect(first).toMatchObject({ has_more: true, last_id: first.data[1]?.id });
    const second = await register.list({ limit: 2, after: first.last_id });
    expect(second.has_more).toBe(false);
    const ids = [...first.data, ...second.data].map(({ id }) => id);
    expect(ids).toEqual(made.map(({ id }) => id).toSorted());
    expect(JSON.stringify(first)).not.toMatch(/llmp_|hash/);
    expect(await register.list({ after: second.last_id })).toEqual({
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
    ['page: there is no such field', { page: '2' }],
  ])('is refused with "%s"', async (message, input) => {
    await expect(office().register.list(input)).rejects.toMatchObject({
      code: 'invalid_request',
      message: message,
    });
  });
});

describe('a changed key', () => {
  it('keeps what nothing is said of', async () => {
    const { register } = office();
    const { id } = await register.create({ name: 'a', limits: { requests_per_minute: 5 } });
    expect(await register.change(id, { name: 'b' })).toMatchObject({
      name: 'b',
      limits: { requests_per_minute: 5 },
    });
    const limits = { concurrent_requests: 2 };
    expect(await register.change(id, { limits })).toMatchObject({ name: 'b', limits });
    expect(await register.change(id, { limits: null })).toMatchObject({ limits: null });
  });

  it('can get another policy, or the default one again, and a cache', async () => {
    const { register } = office();
    const { id } = await register.create({ name: 'a', policy: 'strict' });
    expect(await register.change(id, { name: 'b' })).toMatchObject({ policy: 'strict' });
    expect(await register.change(id, { policy: 'lax' })).toMatchObject({ policy: 'lax' });
    expect(await register.change(id, { policy: null })).toMatchObject({ policy: null });
    expect(await register.change(id, { cache_for: '5s' })).toMatchObject({ cache_for_seconds: 5 });
    expect(await register.change(id, { name: 'c' })).toMatchObject({ cache_for_seconds: 5 });
    expect(await register.change(id, { cache_for: null })).toMatchObject({
      cache_for_seconds: null,
    });
    await expect(register.change(id, { policy: 'No Name' })).rejects.toThrow(/^policy: must be/);
  });

  it('must have been there', async () => {
    const { register } = office();
    await expect(register.change('nobody', { name: 'b' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('a revoked key', () => {
  it('is so from that moment on, however often it is said', async () => {
    const { clock, register } = office();
    const { id } = await register.create({ name: 'a' });
    const revoked = await register.revoke(id);
    expect(revoked).toMatchObject({ status: 'revoked', revoked_at: '2026-01-01T00:00:00.000Z' });
    clock.advance(DAY_MS);
    expect(await register.revoke(id)).toEqual(revoked);
  });

  it('must have been there', async () => {
    await expect(office().register.revoke('nobody')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a rotated key', () => {
  it('belongs to the line of the first, whose placeholders it keeps', async () => {
    const { records, register } = office();
    const first = await register.create({ name: 'a' });
    const second = await register.rotate(first.id, {});
    const third = await register.rotate(second.id, {});
    expect(records.get(first.id)?.lineageId).toBeUndefined();
    expect(records.get(second.id)?.lineageId).toBe(first.id);
    expect(records.get(third.id)?.lineageId).toBe(first.id);
  });

  it('lives on for a day beside a new one that may do the same', async () => {
    const { clock, records, register } = office();
    const said = { name: 'a', team: 't', models: ['m'], policy: 'strict' };
    const old = await register.create({ ...said, expires_in: '30d' });
    const made = await register.rotate(old.id, {});
    expect(made.key).not.toBe(old.key);
    expect(made).toMatchObject({ ...said, status: 'active' });
    expect(made.expires_at).toBe(old.expires_at);
    expect(records.get(old.id)).toMatchObject({
      replacedBy: made.id,
      rotatedAt: clock.now(),
      expiresAt: clock.now() + DAY_MS,
    });
    clock.advance(DAY_MS);
    const { data } = await register.list({});
    expect(Object.fromEntries(data.map(({ id, status }) => [id, status]))).toEqual({
      [old.id]: 'expired',
      [made.id]: 'active',
    });
  });

  it.each([
    ['at once', { overlap: '0s' }, '2026-01-01T00:00:00.000Z'],
    ['after the overlap', { overlap: '1h' }, '2026-01-01T01:00:00.000Z'],
    ['when it would have anyway', { overlap: '7d' }, '2026-01-03T00:00:00.000Z'],
  ])('expires %s', async (_, input, expiresAt) => {
    const { register } = office();
    const old = await register.create({ name: 'a', expires_in: '2d' });
    await register.rotate(old.id, input);
    const { data } = await register.list({});
    expect(data.find(({ id }) => id === old.id)?.expires_at).toBe(expiresAt);
  });

  it('can give its successor another end', async () => {
    const { register } = office();
    const old = await register.create({ name: 'a' });
    const made = await register.rotate(old.id, { expires_in: '1h' });
    expect(made.expires_at).toBe('2026-01-01T01:00:00.000Z');
  });

  it('is not rotated again, nor is one that is revoked or expired', async () => {
    const { clock, register } = office();
    const [rotated, revoked, expired] = await Promise.all(
      ['1d', '1d', '1s'].map((expires_in) => register.create({ name: 'a', expires_in })),
    );
    await register.rotate(rotated?.id ?? '', {});
    await register.revoke(revoked?.id ?? '');
    clock.advance(1_000);
    for (const [key, message] of [
      [rotated, /^id: was replaced by \w+ already$/],
      [revoked, /^id: is revoked/],
      [expired, /^id: is expired/],
    ] as const) {
      await expect(register.rotate(key?.id ?? '', {})).rejects.toMatchObject({
        code: 'invalid_request',
        message: expect.stringMatching(message) as string,
      });
    }
  });

  it('has only one successor when two rotate it at once', async () => {
    const { records, register } = office();
    const { id } = await register.create({ name: 'a' });
    const both = await Promise.allSettled([register.rotate(id, {}), register.rotate(id, {})]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(records.size).toBe(2);
  });

  it('must have been there, and the overlap must make sense', async () => {
    const { register } = office();
    await expect(register.rotate('nobody', {})).rejects.toMatchObject({ code: 'not_found' });
    await expect(register.rotate('nobody', { overlap: '31d' })).rejects.toThrow(/^overlap: must/);
  });
});

describe('the collections of a key', () => {
  it('are kept, shown, replaced, rotated with it and taken away', async () => {
    const { register } = office();
    const made = await register.create({
      name: 'a',
      team: 'staff',
      collections: ['faq', 'secret'],
    });
    expect(made.collections).toEqual(['faq', 'secret']);
    const rotated = await register.rotate(made.id, {});
    expect(rotated.collections).toEqual(['faq', 'secret']);
    expect((await register.change(made.id, { collections: ['faq'] })).collections).toEqual(['faq']);
    expect((await register.change(made.id, { name: 'b' })).collections).toEqual(['faq']);
    expect((await register.change(made.id, { collections: null })).collections).toBeNull();
  });

  it('must be there, and belong to no other team', async () => {
    const { register } = office();
    const refused =
      'collections: there is no collection "x"; collections: secret belongs to another team';
    await expect(register.create({ name: 'a', collections: ['x', 'secret'] })).rejects.toThrow(
      refused,
    );
    const { id } = await register.create({ name: 'a', team: 'other' });
    await expect(register.change(id, { collections: ['secret'] })).rejects.toThrow(
      'secret belongs to another team',
    );
    await expect(register.create({ name: 'a', collections: ['faq', 'faq'] })).rejects.toThrow(
      'must name each only once',
    );
  });
});

describe('the register', () => {
  it('says that the store is down', async () => {
    const down = () => Promise.reject(new RangeError('gone'));
    const store = {
      addKey: down,
      keyById: down,
      listKeys: down,
      updateKey: down,
      collection: down,
    };
    const register = createKeyService({ store, clock: createFakeClock() });
    for (const asked of [
      register.create({ name: 'a' }),
      register.list({}),
      register.revoke('a'),
      register.rotate('a', {}),
    ]) {
      await expect(asked).rejects.toMatchObject({ code: 'store_down' });
    }
  });
});
