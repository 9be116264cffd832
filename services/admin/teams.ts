// What the keys of a team may use together. A team is a name that keys carry; it needs no making.

import * as z from 'zod';
import type { Store } from '../../shared/store/store.ts';
import { words } from './key-input.ts';
import { quotas, quotaView, type QuotaView } from './quota-input.ts';
import { reader } from './read-input.ts';
import { answered } from './store-errors.ts';

export interface TeamView {
  readonly team: string;
  readonly limits: QuotaView;
}

/** Both throw `invalid_request` for what is wrong with name or input. */
export interface TeamService {
  /** A team nothing was set for has no limits. */
  show(team: string): Promise<TeamView>;
  /** Input: `limits`, which replace all there were. */
  change(team: string, input: unknown): Promise<TeamView>;
}

const readTeam = reader(z.strictObject({ team: words }));
const readChange = reader(z.strictObject({ limits: quotas }));

export function createTeamService({
  store,
}: {
  readonly store: Pick<Store, 'teamLimits' | 'setTeamLimits'>;
}): TeamService {
  return {
    async show(named) {
      const { team } = readTeam({ team: named });
      return { team, limits: quotaView((await answered(store.teamLimits(team))) ?? {}) };
    },
    async change(named, input) {
      const { team } = readTeam({ team: named });
      const { limits } = readChange(input);
      await answered(store.setTeamLimits(team, limits));
      return { team, limits: quotaView(limits) };
    },
  };
}
