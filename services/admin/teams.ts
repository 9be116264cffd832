// Limits that all keys of a team share. A team is just a name on keys and is not created explicitly.

import * as z from 'zod';
import type { Store } from '../../shared/store/store.ts';
import { nameText } from './key-input.ts';
import { quotas, quotaView, type QuotaView } from './quota-input.ts';
import { reader } from './read-input.ts';
import { withStoreErrors } from './store-errors.ts';

export interface TeamView {
  readonly team: string;
  readonly limits: QuotaView;
}

/** Methods throw `invalid_request` for an invalid name or input. */
export interface TeamService {
  /** An unknown team has no limits. */
  show(team: string): Promise<TeamView>;
  /** @param input `limits`, which replace all previous limits. */
  change(team: string, input: unknown): Promise<TeamView>;
}

const readTeam = reader(z.strictObject({ team: nameText }));
const readUpdate = reader(z.strictObject({ limits: quotas }));

export function createTeamService(ports: {
  readonly store: Pick<Store, 'teamLimits' | 'setTeamLimits'>;
}): TeamService {
  const store = withStoreErrors(ports.store);
  return {
    async show(name) {
      const { team } = readTeam({ team: name });
      return { team, limits: quotaView((await store.teamLimits(team)) ?? {}) };
    },
    async change(name, input) {
      const { team } = readTeam({ team: name });
      const { limits } = readUpdate(input);
      await store.setTeamLimits(team, limits);
      return { team, limits: quotaView(limits) };
    },
  };
}
