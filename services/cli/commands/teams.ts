import type { TeamView } from '../../admin/teams.ts';
import type { CommandSpec } from '../command-spec.ts';
import { withoutUndefined } from '../fields.ts';
import { noteUnknownTeam } from '../known-teams.ts';
import { LIMIT_CHANGES, limitChangesIn, limitsColumn } from '../limit-options.ts';
import { pageOf } from '../names.ts';
import type { Column } from '../table.ts';
import { UsageError } from '../usage-error.ts';

const TEAM = { name: 'team', description: 'name of the team', names: 'team' } as const;

const COLUMNS: readonly Column<TeamView>[] = [
  { title: 'team', of: ({ team }) => team, isKept: true },
  { title: 'keys', of: ({ keys }) => String(keys), isKept: true },
  limitsColumn(),
];

export const TEAM_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'teams list',
    summary: 'List teams that have keys or limits.',
    options: [
      { flags: '--name <pattern>', description: 'only teams of this name, with * for any text' },
      { flags: '--limit <n>', description: 'list at most so many teams' },
      { flags: '--after <team>', description: 'list those after this one', names: 'team' },
    ],
    examples: ['llmp teams list', "llmp teams list --name 'search-*'"],
    async run({ options, out, admin }) {
      const { teams } = await admin();
      const filters = withoutUndefined({ name: options.text('name') });
      const page = await pageOf(options, (part) => teams.list({ ...filters, ...part }));
      out.list(page, page.data, COLUMNS);
      if (page.has_more) out.note(`More teams: --after ${page.last_id ?? ''}`);
      if (page.data.length === 0 && !out.isJson) out.note('There are no such teams.');
    },
  },
  {
    name: 'teams show',
    summary: 'Show the limits of a team.',
    args: [TEAM],
    examples: ['llmp teams show search'],
    async run(invocation) {
      const { args, out, admin } = invocation;
      const [team = ''] = args;
      await noteUnknownTeam(invocation, team);
      out.one(await (await admin()).teams.show(team), COLUMNS);
    },
  },
  {
    name: 'teams update',
    summary: 'Change limits of a team; those not named stay as they are.',
    args: [TEAM],
    options: LIMIT_CHANGES,
    examples: [
      'llmp teams update search --input-tokens-per-minute 400000',
      'llmp teams update search --no-limit input-tokens-per-minute',
    ],
    async run(invocation) {
      const { args, options, out, admin } = invocation;
      const [team = ''] = args;
      const limits = limitChangesIn(options);
      if (limits === undefined)
        throw new UsageError('name a limit to change; see llmp teams update --help');
      await noteUnknownTeam(invocation, team);
      out.one(await (await admin()).teams.change(team, { limits }), COLUMNS);
    },
  },
];
