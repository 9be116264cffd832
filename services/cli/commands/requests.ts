// The commands about single requests: what one was, took and cost, as the ledger has it.

import type { EntryView, UsageService } from '../../admin/usage.ts';
import { LlmpError } from '../../../shared/errors.ts';
import type { CommandSpec, Invocation, OptionSpec } from '../command-spec.ts';
import { minuteOf } from '../fields.ts';
import { keyIdOf } from '../names.ts';
import { NOTHING, type Column } from '../table.ts';
import { UsageError } from '../usage-error.ts';

const PAGE_SIZE = 1_000;
const LISTED = 20;

const DAY: OptionSpec = {
  flags: '--day <day>',
  description: 'the day, such as 2026-11-27; today by default',
};

function column(field: string, title = field.replaceAll('_', ' ')): Column<EntryView> {
  return { title, of: (entry) => textOf(entry[field]) };
}

const LIST_COLUMNS: readonly Column<EntryView>[] = [
  { ...column('id'), isKept: true },
  { ...column('at'), short: ({ at }) => minuteOf(String(at)), isKept: true },
  { ...column('key'), isKept: true },
  column('model'),
  { ...column('status'), isKept: true },
  column('error_code'),
  column('took_ms'),
  column('input_tokens'),
  column('output_tokens'),
  column('cost_usd'),
  column('scrubbed'),
];

export const REQUEST_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'requests list',
    summary: 'List requests of a day, with what they took and cost.',
    options: [
      DAY,
      { flags: '--key <key>', description: 'only of this key, by id or name', names: 'key' },
      { flags: '--status <status>', description: 'only with this status, such as 429' },
      { flags: '--limit <n>', description: `list at most so many (${LISTED})` },
    ],
    examples: [
      'llmp requests list',
      'llmp requests list --key laptop --status 429 --day 2026-11-27',
    ],
    run: listRequests,
  },
  {
    name: 'requests show',
    summary: 'Show all that the ledger has of one request.',
    args: [{ name: 'id', description: 'its id, from the header request-id or the list' }],
    options: [DAY],
    examples: ['llmp requests show req_7k3qx5ta', 'llmp requests show req_7k3qx5ta --json'],
    async run({ args: [id], options, out, admin }) {
      const { usage } = await admin();
      for await (const entry of entriesOf(usage, options.text('day'))) {
        if (entry.id !== id) continue;
        return out.one(
          entry,
          Object.keys(entry).map((field) => column(field)),
        );
      }
      throw new LlmpError(
        'not_found',
        `There is no request ${id} on that day; --day names another.`,
      );
    },
  },
];

async function listRequests({ options, out, admin }: Invocation): Promise<void> {
  const { usage, keys } = await admin();
  const named = options.text('key');
  const key = named === undefined ? undefined : await keyIdOf(keys, named);
  const status = options.text('status');
  const limit = Number(options.text('limit') ?? LISTED);
  if (!Number.isInteger(limit) || limit < 1)
    throw new UsageError('--limit must be a whole number, at least 1');
  const found: EntryView[] = [];
  for await (const entry of entriesOf(usage, options.text('day'))) {
    const isMeant =
      (key === undefined || entry['key'] === key) &&
      (status === undefined || String(entry['status']) === status);
    if (isMeant) found.push(entry);
    if (found.length > limit) break;
  }
  const data = found.slice(0, limit);
  const hasMore = found.length > limit;
  out.list({ data, has_more: hasMore, last_id: data.at(-1)?.id ?? null }, data, LIST_COLUMNS);
  if (out.isJson) return;
  if (hasMore) out.note('There are more; --limit lists more of them.');
  if (data.length === 0) out.note('There are no such requests on that day.');
}

/** All of a day, as the ledger has them in order. */
async function* entriesOf(
  usage: Pick<UsageService, 'entries'>,
  day: string | undefined,
): AsyncGenerator<EntryView> {
  const input = { limit: PAGE_SIZE, ...(day === undefined ? {} : { day }) };
  for (let after: string | null = null; ;) {
    const page = await usage.entries({ ...input, ...(after === null ? {} : { after }) });
    yield* page.data;
    if (!page.has_more || page.last_id === null) return;
    after = page.last_id;
  }
}

function textOf(value: unknown): string {
  if (value === undefined || value === null || value === '') return NOTHING;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
