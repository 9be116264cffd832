// A team is just a name, so a typo makes a new one: commands say when a name is new.

import { didYouMean } from '../../shared/runtime/nearest-name.ts';
import type { TeamView } from '../admin/teams.ts';
import type { Invocation } from './command-spec.ts';
import { allOf } from './names.ts';

/** Notes a team that no key and no limit names. */
export async function noteUnknownTeam(
  { out, admin }: Pick<Invocation, 'out' | 'admin'>,
  team: string | undefined,
): Promise<void> {
  if (team === undefined || out.isQuiet) return;
  const { teams } = await admin();
  const known = (await allOf<TeamView>((page) => teams.list(page))).map((each) => each.team);
  if (known.includes(team.trim())) return;
  const nearest = didYouMean(team, known);
  out.note(`No key or limit names the team ${JSON.stringify(team)} yet${nearest || '.'}`);
}
