// Limits that all keys of a team share. A team is just a name on keys and is not created explicitly.

import * as z from 'zod';
import { compileGlob } from '../../shared/policy/glob.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { Store } from '../../shared/store/store.ts';
import { pagesOfKeys } from './find-key.ts';
import { nameText } from './key-input.ts';
import { keyStatusOf } from './key-status.ts';
import { quotaChanges, quotaView, type QuotaView } from './quota-input.ts';
import { PAGE_MAX, reader } from './read-input.ts';
import { withStoreErrors } from './store-errors.ts';

export interface TeamServicePorts {
  readonly store: Pick<
    Store,
    'teamLimits' | 'setTeamLimits' | 'changeTeamLimits' | 'limitedTeams' | 'listKeys'
  >;
  readonly clock: Pick<Clock, 'now'>;
}

export interface TeamView {
  readonly team: string;
  /** Keys of the team that are not over. */
  readonly keys: number;
  /** null: no limits. */
  readonly limits: QuotaView | null;
}

export interface TeamPageView {
  readonly data: readonly TeamView[];
  readonly has_more: boolean;
  /** The `after` of the next page. */
  readonly last_id: string | null;
}

/** Methods throw `invalid_request` for an invalid name or input. */
export interface TeamService {
  /**
   * By name: teams that a key belongs to, or that have limits.
   * @param input Optional `name` (with `*`), `limit`, `after`.
   */
  list(input: unknown): Promise<TeamPageView>;
  /** An unknown team has no keys and no limits. */
  show(team: string): Promise<TeamView>;
  /** @param input `limits` to change; those not given stay, and null removes one or all. */
  change(team: string, input: unknown): Promise<TeamView>;
}

const pageError = `must be a whole number from 1 to ${PAGE_MAX}`;
export const teamList = z.strictObject({
  limit: z.coerce
    .number({ error: pageError })
    .int({ error: pageError })
    .min(1, { error: pageError })
    .max(PAGE_MAX, { error: pageError })
    .default(20),
  after: z.string({ error: 'must be the last_id of a page' }).max(100).exactOptional(),
  name: z.string({ error: 'must be text' }).max(100).exactOptional(),
});
export const teamUpdate = z.strictObject({ limits: quotaChanges.nullable() });

const readList = reader(teamList);
const readTeam = reader(z.strictObject({ team: nameText }));
const readUpdate = reader(teamUpdate);

export function createTeamService({ clock, ...ports }: TeamServicePorts): TeamService {
  const store = withStoreErrors(ports.store);

  /** Keys in use by team; those of other teams are not counted. */
  async function keysByTeam(isCounted: (team: string) => boolean): Promise<Map<string, number>> {
    const nowMs = clock.now();
    const counts = new Map<string, number>();
    for await (const page of pagesOfKeys(store)) {
      for (const key of page) {
        if (key.team === undefined || !isCounted(key.team)) continue;
        const isInUse = keyStatusOf(key, nowMs) === 'active';
        counts.set(key.team, (counts.get(key.team) ?? 0) + (isInUse ? 1 : 0));
      }
    }
    return counts;
  }

  async function view(team: string): Promise<TeamView> {
    const keys = (await keysByTeam((name) => name === team)).get(team) ?? 0;
    return { team, keys, limits: quotaView(await store.teamLimits(team)) };
  }

  return {
    async list(input) {
      const { limit, after = '', name = '*' } = readList(input);
      const matches = compileGlob(name);
      const isListed = (team: string) => team > after && matches(team);
      const counts = await keysByTeam(isListed);
      const limited = (await store.limitedTeams()).filter(isListed);
      const data: TeamView[] = [];
      for (const team of [...new Set([...counts.keys(), ...limited])].toSorted()) {
        const limits = quotaView(await store.teamLimits(team));
        if (!counts.has(team) && limits === null) continue;
        data.push({ team, keys: counts.get(team) ?? 0, limits });
        if (data.length > limit) break;
      }
      const shown = data.slice(0, limit);
      return { data: shown, has_more: data.length > limit, last_id: shown.at(-1)?.team ?? null };
    },
    show: async (name) => await view(readTeam({ team: name }).team),
    async change(name, input) {
      const { team } = readTeam({ team: name });
      const { limits } = readUpdate(input);
      if (limits) await store.changeTeamLimits(team, limits);
      else await store.setTeamLimits(team, {});
      return await view(team);
    },
  };
}
