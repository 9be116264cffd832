// The commands about single requests: what one was, took and cost, as the ledger has it.

import { LlmpError } from '../../../shared/errors.ts';
import { OUTCOMES } from '../../../shared/metering/ledger.ts';
import { ENTRY_COLUMNS } from '../../admin/csv.ts';
import type { EntryPage, EntryView, UsageService } from '../../admin/usage.ts';
import type { CommandSpec, Invocation, OptionSpec } from '../command-spec.ts';
import { countsText, secondOf, titleOf, withoutUndefined, withoutZero } from '../fields.ts';
import { noteUnknownTeam } from '../known-teams.ts';
import { NOTHING, type Column } from '../table.ts';
import { UsageError } from '../usage-error.ts';

const LISTED = 20;

const DAY: OptionSpec = {
  flags: '--day <day>',
  description: 'the day, such as 2026-11-27; today by default',
};

/** Options that are filters of the ledger, which names them with underscores. */
const FILTERS: readonly OptionSpec[] = [
  { flags: '--key <key>', description: 'only of this key, by id or name', names: 'key' },
  { flags: '--team <team>', description: 'only of this team', names: 'team' },
  { flags: '--model <model>', description: 'only for this model' },
  { flags: '--status <status>', description: 'only with this status, such as 429 or 4xx' },
  { flags: '--outcome <outcome>', description: 'only those that ended so', choices: OUTCOMES },
  { flags: '--error-code <code>', description: 'only with this error, such as rate_limited' },
];

const FILTER_NAMES = ['key', 'team', 'model', 'status', 'outcome', 'error-code'] as const;

const COLUMNS: readonly Column<EntryView>[] = ENTRY_COLUMNS.map((field): Column<EntryView> => {
  const title = titleOf(field);
  const of = (entry: EntryView) => textOf(entry[field]);
  if (field === 'at') return { title, of, short: (entry) => secondOf(of(entry)) };
  if (field === 'stages' || field === 'scrubbed') {
    const unit = field === 'stages' ? ' ms' : '';
    return { title, of, short: (entry) => countsText(entry[field], ' ', ', ', unit) };
  }
  return { title, of, ...(field.endsWith('_tokens') ? { short: withoutZero(of) } : {}) };
});

const KEPT: readonly string[] = ['id', 'at', 'key', 'status'];
const LIST_FIELDS =
  'id at key model status error_code took_ms input_tokens output_tokens cost_usd scrubbed'.split(
    ' ',
  );
const LIST_COLUMNS = LIST_FIELDS.flatMap((field) =>
  COLUMNS.filter(({ title }) => title === titleOf(field)).map((column): Column<EntryView> => {
    return KEPT.includes(field) ? { ...column, isKept: true } : column;
  }),
);

export const REQUEST_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'requests list',
    summary: 'List the latest requests of a day, newest first, with what they took and cost.',
    options: [
      DAY,
      ...FILTERS,
      { flags: '--limit <n>', description: `list at most so many (${LISTED})` },
      { flags: '--before <id>', description: 'list those before this request' },
      { flags: '--after <id>', description: 'list those after this request' },
    ],
    examples: [
      'llmp requests list',
      'llmp requests list --key laptop --status 4xx --day 2026-11-27',
      'llmp requests list --before req_7k3qx5ta --limit 100',
    ],
    run: listRequests,
  },
  {
    name: 'requests show',
    summary: 'Show all that the ledger has of one request.',
    args: [{ name: 'id', description: 'its id, from the header request-id or the list' }],
    options: [DAY],
    examples: ['llmp requests show req_7k3qx5ta', 'llmp requests show req_7k3qx5ta --json'],
    async run({ args: [id = ''], options, out, admin }) {
      const { usage } = await admin();
      const entry = await entryOf(usage, id, options.text('day'));
      if (entry) return out.one(entry, COLUMNS);
      throw new LlmpError(
        'not_found',
        `There is no request ${id} on that day; --day names another.`,
      );
    },
  },
];

async function listRequests(invocation: Invocation): Promise<void> {
  const { options, out, admin } = invocation;
  const { usage } = await admin();
  if (options.has('before') && options.has('after')) {
    throw new UsageError('--before contradicts --after');
  }
  const isForward = options.has('after');
  const filters = FILTER_NAMES.map((name) => [name.replace('-', '_'), options.text(name)] as const);
  const input = withoutUndefined({
    ...Object.fromEntries(filters),
    day: options.text('day'),
    limit: options.text('limit') ?? LISTED,
    order: isForward ? 'oldest' : 'newest',
    after: await cursorOf(usage, options, isForward ? 'after' : 'before'),
  });
  const { data: read, ...rest } = await usage.entries(input);
  const data = isForward ? read.toReversed() : read;
  const page: EntryPage = { data, ...rest };
  out.list(page, data, LIST_COLUMNS);
  if (out.isJson) return;
  const last = read.at(-1);
  if (page.has_more && last) {
    out.note(`More requests: ${isForward ? '--after' : '--before'} ${last.id}`);
  }
  if (data.length > 0) return;
  out.note('There are no such requests on that day.');
  await noteUnknownTeam(invocation, options.text('team'));
}

/** The place of a request in the ledger, which pages start from: `<ms>-<id>`. */
async function cursorOf(
  usage: Pick<UsageService, 'entries'>,
  options: Invocation['options'],
  option: 'before' | 'after',
): Promise<string | undefined> {
  const id = options.text(option);
  if (id === undefined || /^\d+-\w+$/.test(id)) return id;
  const entry = await entryOf(usage, id, options.text('day'));
  if (!entry) throw new UsageError(`--${option}: there is no request ${id} on that day`);
  return `${Date.parse(String(entry['at']))}-${entry.id}`;
}

async function entryOf(
  usage: Pick<UsageService, 'entries'>,
  id: string,
  day: string | undefined,
): Promise<EntryView | undefined> {
  return (await usage.entries(withoutUndefined({ id, day, limit: 1 }))).data[0];
}

function textOf(value: unknown): string {
  if (value === undefined || value === null || value === '') return NOTHING;
  if (typeof value === 'object') return countsText(value, '=', ',');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
