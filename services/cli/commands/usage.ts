import { csvHead, csvLine, USAGE_COLUMNS } from '../../admin/csv.ts';
import type { UsageRow } from '../../admin/usage.ts';
import { GROUPINGS } from '../../admin/usage-input.ts';
import type { CommandSpec, Invocation } from '../command-spec.ts';
import { titleOf, withoutUndefined, withoutZero } from '../fields.ts';
import { noteUnknownTeam } from '../known-teams.ts';
import { NOTHING, type Column } from '../table.ts';

export const USAGE_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'usage show',
    summary: 'Show requests, tokens and cost.',
    details: 'Covers this month by default, by day, key and model.',
    options: [
      { flags: '--from <day>', description: 'first day, such as 2026-11-01' },
      { flags: '--to <day>', description: 'last day' },
      { flags: '--by <list>', description: 'sums for each day, key, team, model' },
      { flags: '--key <key>', description: 'only this key, by id or name', names: 'key' },
      { flags: '--team <team>', description: 'only this team', names: 'team' },
      { flags: '--model <model>', description: 'only this model' },
      { flags: '--csv', description: 'print CSV' },
    ],
    examples: [
      'llmp usage show',
      'llmp usage show --by key --from 2026-11-01 --to 2026-11-30',
      'llmp usage show --by day --key laptop --csv',
    ],
    run: showUsage,
  },
];

async function showUsage(invocation: Invocation): Promise<void> {
  const { options, out, admin } = invocation;
  const { usage } = await admin();
  const report = await usage.usage(
    withoutUndefined({
      from: options.text('from'),
      to: options.text('to'),
      by: options.text('by'),
      key: options.text('key'),
      team: options.text('team'),
      model: options.text('model'),
    }),
  );
  const { data } = report;
  const by = GROUPINGS.filter((grouping) => data.some((row) => grouping in row));
  if (options.has('csv')) {
    const columns = [...by, ...USAGE_COLUMNS];
    out.line([csvHead(columns), ...data.map((row) => csvLine(row, columns))].join('').trimEnd());
  } else {
    out.list(report, data, columnsOf(by));
  }
  if (!out.isJson) out.note(`${report.from} to ${report.to}: $${report.total.cost_usd}`);
  if (data.length === 0) await noteUnknownTeam(invocation, options.text('team'));
}

function columnsOf(by: readonly (typeof GROUPINGS)[number][]): Column<UsageRow>[] {
  const groupings = by.map((grouping): Column<UsageRow> => ({
    title: grouping,
    of: (row) => row[grouping] || NOTHING,
    isKept: true,
  }));
  const counts = USAGE_COLUMNS.map((name): Column<UsageRow> => {
    const of = (row: UsageRow) =>
      String(new Map<string, number | string>(Object.entries(row)).get(name) ?? '');
    return {
      title: titleOf(name),
      of,
      ...(name === 'cost_usd' ? {} : { short: withoutZero(of) }),
      ...(name === 'requests' || name === 'cost_usd' ? { isKept: true } : {}),
    };
  });
  return [...groupings, ...counts];
}
