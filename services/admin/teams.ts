// Limits that all keys of a team share. A team is just a name on keys and is not created explicitly.

import * as z from 'zod';
import type { Store } from '../../shared/store/store.ts';
import { nameText } from './key-input.ts';
import { quotaChanges, quotaView, type QuotaView } from './quota-input.ts';
import { reader } from './read-input.ts';
import { withStoreErrors } from './store-errors.ts';

export interface TeamView {
  readonly team: string;
  /** null: no limits. */
  readonly limits: QuotaView | null;
}

/** Methods throw `invalid_request` for an invalid name or input. */
export interface TeamService {
  /** An unknown team has no limits. */
  show(team: string): Promise<TeamView>;
  /** @param input `limits` to change; those not given stay, and null removes one or all. */
  change(team: string, input: unknown): Promise<TeamView>;
}

const readTeam = reader(z.strictObject({ team: nameText }));
export const teamUpdate = z.strictObject({ limits: quotaChanges.nullable() });
const readUpdate = reader(teamUpdate);

export function createTeamService(ports: {
  readonly store: Pick<Store, 'teamLimits' | 'setTeamLimits' | 'changeTeamLimits'>;
}): TeamService {
  const store = withStoreErrors(ports.store);
  return {
    async show(name) {
      const { team } = readTeam({ team: name });
      return { team, limits: quotaView(await store.teamLimits(team)) };
    },
    async change(name, input) {
      const { team } = readTeam({ team: name });
      const { limits } = readUpdate(input);
      if (limits) return { team, limits: quotaView(await store.changeTeamLimits(team, limits)) };
      await store.setTeamLimits(team, {});
      return { team, limits: null };
    },
  };
}
