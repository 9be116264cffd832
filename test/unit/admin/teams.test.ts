import { describe, expect, it } from 'vitest';
import { createTeamService } from '../../../services/admin/teams.ts';
import { changedLimits, type QuotaLimits } from '../../../shared/metering/quotas.ts';
import type { KeyRecord } from '../../../shared/store/store.ts';
import { createFakeClock } from '../../kit/fake-clock.ts';

function setUp() {
  const stored = new Map<string, QuotaLimits>();
  const keys = ['search', 'search', 'growth', undefined].map((team, at): KeyRecord => {
    const over = at === 1 ? { disabledAt: 1 } : {};
    const fields = { id: `k${at}`, hash: `${at}`, name: 'laptop', createdAt: 0, ...over };
    return team === undefined ? fields : { ...fields, team };
  });
  return createTeamService({
    clock: createFakeClock(),
    store: {
      listKeys: async ({ after = '' }) => keys.filter(({ id }) => id > after),
      limitedTeams: async () => [...stored.keys()],
      teamLimits: async (name) => stored.get(name),
      setTeamLimits: async (name, limits) => void stored.set(name, limits),
      async changeTeamLimits(name, changes) {
        const changed = changedLimits(stored.get(name) ?? {}, changes);
        stored.set(name, changed);
        return changed;
      },
    },
  });
}

describe('the limits of a team', () => {
  it('stay when another one is changed', async () => {
    const teams = setUp();
    await teams.change('search', { limits: { requests_per_minute: 5 } });
    const limits = { requests_per_minute: 5, usd_per_day: 2.5 };
    expect(await teams.change('search', { limits: { usd_per_day: 2.5 } })).toEqual({
      team: 'search',
      keys: 1,
      limits,
    });
    expect(await teams.show('search')).toEqual({ team: 'search', keys: 1, limits });
  });

  it('end one by one, and all together, with null', async () => {
    const teams = setUp();
    await teams.change('search', { limits: { requests_per_minute: 5, usd_per_day: 2.5 } });
    expect(await teams.change('search', { limits: { requests_per_minute: null } })).toEqual({
      team: 'search',
      keys: 1,
      limits: { usd_per_day: 2.5 },
    });
    const none = { team: 'search', keys: 1, limits: null };
    expect(await teams.change('search', { limits: null })).toEqual(none);
    expect(await teams.show('search')).toEqual(none);
  });

  it.each([{ usd_per_day: 0.001 }, { usd_per_day: 0.001, usd_per_month: 0.001 }])(
    'are refused once for each field that is wrong: %j',
    async (limits) => {
      const error = await setUp()
        .change('search', { limits })
        .catch((caught: unknown) => caught);
      const issues = String(error).split(/; (?=limits)/);
      expect(issues).toHaveLength(Object.keys(limits).length);
    },
  );

  it('are named in an update: an empty list is not taken for the end of all', async () => {
    await expect(setUp().change('search', { limits: {} })).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'limits: must name a limit to change; null in place of the limits removes all',
    });
  });
});

describe('the list of teams', () => {
  it('has the teams of keys and those with limits, by name', async () => {
    const teams = setUp();
    await teams.change('alone', { limits: { requests_per_minute: 5 } });
    await teams.change('unlimited', { limits: { requests_per_minute: 5 } });
    await teams.change('unlimited', { limits: null });
    const alone = { team: 'alone', keys: 0, limits: { requests_per_minute: 5 } };
    const growth = { team: 'growth', keys: 1, limits: null };
    const search = { team: 'search', keys: 1, limits: null };
    const first = await teams.list({ limit: '2' });
    expect(first).toEqual({ data: [alone, growth], has_more: true, last_id: 'growth' });
    expect(await teams.list({ after: 'growth' })).toEqual({
      data: [search],
      has_more: false,
      last_id: 'search',
    });
    expect((await teams.list({ name: 'gr*' })).data).toEqual([growth]);
  });

  it.each([{ limit: '0' }, { limit: 'all' }, { page: '2' }])('is refused for %j', async (input) => {
    await expect(setUp().list(input)).rejects.toMatchObject({ code: 'invalid_request' });
  });
});
