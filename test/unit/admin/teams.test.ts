import { describe, expect, it } from 'vitest';
import { createTeamService } from '../../../services/admin/teams.ts';
import { changedLimits, type QuotaLimits } from '../../../shared/metering/quotas.ts';

function setUp() {
  const stored = new Map<string, QuotaLimits>();
  return createTeamService({
    store: {
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
      limits,
    });
    expect(await teams.show('search')).toEqual({ team: 'search', limits });
  });

  it('end one by one, and all together, with null', async () => {
    const teams = setUp();
    await teams.change('search', { limits: { requests_per_minute: 5, usd_per_day: 2.5 } });
    expect(await teams.change('search', { limits: { requests_per_minute: null } })).toEqual({
      team: 'search',
      limits: { usd_per_day: 2.5 },
    });
    const none = { team: 'search', limits: null };
    expect(await teams.change('search', { limits: null })).toEqual(none);
    expect(await teams.show('search')).toEqual(none);
  });

  it('are named in an update: an empty list is not taken for the end of all', async () => {
    await expect(setUp().change('search', { limits: {} })).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'limits: must name a limit to change; null in place of the limits removes all',
    });
  });
});
