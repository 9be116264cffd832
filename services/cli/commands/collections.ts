import { INJECT_MODES } from '../../../shared/retrieval/collections.ts';
import type { CollectionView } from '../../admin/collections.ts';
import type { DocumentView } from '../../admin/documents.ts';
import type { CommandSpec, Invocation, OptionSpec, OptionValues } from '../command-spec.ts';
import { confirm, YES_OPTION } from '../confirm.ts';
import { noteUnknownTeam } from '../known-teams.ts';
import { withoutUndefined } from '../fields.ts';
import { numberOr } from '../limit-options.ts';
import { allOf, pageOf } from '../names.ts';
import { NOTHING, type Column } from '../table.ts';

const NAME = { name: 'name', description: 'name of the collection', names: 'collection' } as const;

const BOOLEANS = ['true', 'false'] as const;

const SETTINGS: readonly OptionSpec[] = [
  { flags: '--team <team>', description: 'team whose keys alone may search it', names: 'team' },
  {
    flags: '--scrub <bool>',
    description: 'scrub documents before they are indexed',
    choices: BOOLEANS,
  },
  {
    flags: '--inject <mode>',
    description: 'how passages are added to requests',
    choices: INJECT_MODES,
  },
  { flags: '--citations <bool>', description: 'ask for citations', choices: BOOLEANS },
  { flags: '--passages-max <n>', description: 'passages added to a request at most' },
  { flags: '--tokens-max <n>', description: 'tokens added to a request at most' },
  { flags: '--coverage-min <n>', description: 'part of the question a passage must cover, 0 to 1' },
  { flags: '--deadline <duration>', description: 'how long a search may take, such as 2s' },
  {
    flags: '--on-error <mode>',
    description: 'whether requests pass when a search fails',
    choices: ['open', 'closed'],
  },
];

const COLUMNS: readonly Column<CollectionView>[] = [
  { title: 'name', of: ({ name }) => name, isKept: true },
  { title: 'team', of: ({ team }) => team ?? NOTHING },
  { title: 'inject', of: ({ inject }) => inject, isKept: true },
  { title: 'scrub', of: ({ scrub }) => (scrub ? 'scrubbed' : 'raw') },
  { title: 'citations', of: ({ citations }) => (citations ? 'cited' : 'not cited') },
  { title: 'on error', of: (view) => view.on_error },
  {
    title: 'limits',
    of: (view) =>
      `passages_max=${view.passages_max},tokens_max=${view.tokens_max},coverage_min=${view.coverage_min}`,
    short: (view) =>
      `${view.passages_max} passages, ${view.tokens_max} tokens, coverage ${view.coverage_min}`,
  },
];

export const COLLECTION_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'collections create',
    summary: 'Create a collection.',
    args: [{ name: 'name', description: 'name of the collection' }],
    options: SETTINGS,
    examples: [
      'llmp collections create handbook',
      'llmp collections create contracts --team legal --on-error closed',
    ],
    async run(invocation) {
      const { args, options, out, admin } = invocation;
      const { collections } = await admin();
      const created = await collections.create({ name: args[0] ?? '', ...settingsIn(options) });
      out.one(created, COLUMNS);
      await noteUnknownTeam(invocation, options.text('team'));
    },
  },
  {
    name: 'collections list',
    summary: 'List collections with their settings.',
    options: [
      { flags: '--limit <n>', description: 'list at most so many collections' },
      { flags: '--after <name>', description: 'list those after this one', names: 'collection' },
    ],
    examples: ['llmp collections list', 'llmp collections list --json'],
    async run({ options, out, admin }) {
      const { collections } = await admin();
      const page = await pageOf(options, (part) => collections.list(part));
      out.list(page, page.data, COLUMNS);
      if (page.has_more) out.note(`More collections: --after ${page.last_id ?? ''}`);
      if (page.data.length === 0 && !out.isJson) out.note('There are no collections.');
    },
  },
  {
    name: 'collections show',
    summary: 'Show the settings of a collection.',
    args: [NAME],
    examples: ['llmp collections show handbook'],
    async run({ args: [name = ''], out, admin }) {
      out.one(await (await admin()).collections.show(name), COLUMNS);
    },
  },
  {
    name: 'collections update',
    summary: 'Change settings of a collection; those not named stay as they are.',
    args: [NAME],
    options: SETTINGS,
    examples: ['llmp collections update handbook --passages-max 8 --deadline 3s'],
    async run(invocation) {
      const { args, options, out, admin } = invocation;
      const { collections } = await admin();
      out.one(await collections.change(args[0] ?? '', settingsIn(options)), COLUMNS);
      await noteUnknownTeam(invocation, options.text('team'));
    },
  },
  {
    name: 'collections delete',
    summary: 'Delete a collection with all its documents.',
    args: [NAME],
    options: [YES_OPTION],
    examples: ['llmp collections delete handbook', 'llmp collections delete handbook --yes'],
    run: deleteCollection,
  },
];

async function deleteCollection(invocation: Invocation): Promise<number> {
  const { args, out, admin } = invocation;
  const [name = ''] = args;
  const { collections, documents, keys } = await admin();
  await collections.show(name);
  const held = (await allOf<DocumentView>((page) => documents.list(name, page))).filter(
    ({ state }) => state !== 'removing',
  );
  const count = held.length;
  const active = await allOf((page) => keys.list({ status: 'active', ...page }));
  const naming = active.filter((key) => key.collections?.includes(name));
  const facts = [
    `${name} has ${count} ${count === 1 ? 'document' : 'documents'}.`,
    ...naming.map((key) => `The key ${key.name} (${key.id}) searches it.`),
  ];
  if (!(await confirm(invocation, `Delete the collection ${name} with its documents?`, facts))) {
    return 1;
  }
  // The keys that name it were shown.
  await collections.drop(name, { force: 'true' });
  if (out.isJson) out.json({ name, state: 'removing' });
  else if (out.isQuiet) out.line(name);
  out.note(`${name} is deleted; a running gateway removes its documents from the index.`);
  return 0;
}

/** Fields of the HTTP API: numbers and booleans where the text is one. */
function settingsIn(options: OptionValues): Record<string, unknown> {
  const names = SETTINGS.map(({ flags }) => /^--([\w-]+)/.exec(flags)?.[1] ?? '');
  return withoutUndefined(
    Object.fromEntries(
      names.map((name) => {
        const text = options.text(name);
        const isNumber = text !== undefined && /-(max|min)$/.test(name);
        const isBoolean = text === 'true' || text === 'false';
        const value = isNumber ? numberOr(text) : isBoolean ? text === 'true' : text;
        return [name.replaceAll('-', '_'), value];
      }),
    ),
  );
}
