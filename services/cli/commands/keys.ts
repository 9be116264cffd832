// The commands about keys. A new secret is the only text on standard output, so that it can be piped;
// everything else about it goes to standard error.

import { KEY_STATUSES } from '../../admin/key-status.ts';
import type { KeyView, NewKeyView } from '../../admin/key-view.ts';
import type { CommandSpec, Invocation, OptionSpec } from '../command-spec.ts';
import {
  LIMIT_CHANGES,
  LIMIT_OPTIONS,
  limitChangesIn,
  limitsColumn,
  limitsIn,
} from '../limit-options.ts';
import { noteUnknownTeam } from '../known-teams.ts';
import { listOf, minuteOf, withoutUndefined } from '../fields.ts';
import { allOf, pageOf } from '../names.ts';
import { NOTHING, type Column } from '../table.ts';

const KEY = { name: 'key', description: 'id or name of the key', names: 'key' } as const;

const EXPIRES: OptionSpec = {
  flags: '--expires <duration>',
  description: 'when it expires, such as 30d; never by default',
};

const COLUMNS: readonly Column<KeyView>[] = [
  { title: 'id', of: ({ id }) => id, isKept: true },
  { title: 'status', of: ({ status }) => status, isKept: true, isState: true },
  { title: 'name', of: ({ name }) => name, isKept: true },
  { title: 'team', of: ({ team }) => team ?? NOTHING },
  {
    title: 'models',
    of: ({ models }) => models?.join(',') ?? 'all',
    short: ({ models }) => models?.join(', ') ?? NOTHING,
  },
  {
    title: 'policy',
    of: ({ policy }) => policy ?? 'default',
    short: ({ policy }) => policy ?? NOTHING,
  },
  { title: 'collections', of: ({ collections }) => collections?.join(',') ?? NOTHING },
  {
    title: 'cache',
    of: (key) => key.cache_for ?? 'off',
    short: (key) => key.cache_for ?? NOTHING,
  },
  {
    title: 'created',
    of: (key) => key.created_at,
    short: (key) => minuteOf(key.created_at),
    isKept: true,
  },
  {
    title: 'expires',
    of: (key) => key.expires_at ?? 'never',
    short: (key) => (key.expires_at === null ? NOTHING : minuteOf(key.expires_at)),
  },
  limitsColumn(),
];

export const KEY_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'keys create',
    summary: 'Create a key and print it, once.',
    options: [
      { flags: '--name <name>', description: 'what the key is for', isRequired: true },
      { flags: '--team <team>', description: 'team whose limits it shares', names: 'team' },
      { flags: '--models <list>', description: 'models it may use, separated by commas' },
      { flags: '--policy <name>', description: 'content policy of its requests' },
      {
        flags: '--collections <list>',
        description: 'collections to search for its requests, separated by commas',
        names: 'collection',
      },
      { flags: '--cache <duration>', description: 'how long responses are cached, such as 10m' },
      EXPIRES,
      ...LIMIT_OPTIONS,
    ],
    examples: [
      'llmp keys create --name laptop',
      'llmp keys create --name ci --team search --models claude-sonnet-5-5 --expires 30d',
      'llmp keys create --name intern --usd-per-day 5 --requests-per-minute 20',
    ],
    async run(invocation) {
      const { options, out, admin } = invocation;
      const fields = withoutUndefined({
        name: options.text('name'),
        team: options.text('team'),
        models: listOf(options.text('models')),
        policy: options.text('policy'),
        collections: listOf(options.text('collections')),
        cache_for: options.text('cache'),
        expires_in: options.text('expires'),
        limits: limitsIn(options),
      });
      const { keys } = await admin();
      await noteUnknownTeam(invocation, options.text('team'));
      showNew(out, await keys.create(fields));
    },
  },
  {
    name: 'keys list',
    summary: 'List keys, oldest first, without revoked ones.',
    options: [
      { flags: '--all', description: 'also list revoked keys' },
      { flags: '--name <pattern>', description: 'only keys of this name, with * for any text' },
      { flags: '--team <team>', description: 'only keys of this team', names: 'team' },
      { flags: '--status <status>', description: 'only such keys', choices: KEY_STATUSES },
      { flags: '--limit <n>', description: 'list at most so many keys' },
      { flags: '--after <key>', description: 'list those after this key', names: 'key' },
    ],
    examples: ['llmp keys list', 'llmp keys list --all --json', 'llmp keys list --quiet'],
    run: listKeys,
  },
  {
    name: 'keys show',
    summary: 'Show one key.',
    args: [KEY],
    examples: ['llmp keys show laptop', 'llmp keys show 7k3qx5ta --json'],
    async run({ args: [key = ''], out, admin }) {
      out.one(await (await admin()).keys.show(key), COLUMNS);
    },
  },
  {
    name: 'keys update',
    summary: 'Change a key; what is not named stays as it is.',
    args: [KEY],
    options: [
      { flags: '--name <name>', description: 'its new name' },
      { flags: '--policy <name>', description: 'content policy, or off for the default one' },
      {
        flags: '--collections <list>',
        description: 'collections to search, separated by commas, or off',
        names: 'collection',
      },
      { flags: '--cache <duration>', description: 'how long responses are cached, or off' },
      ...LIMIT_CHANGES,
    ],
    examples: [
      'llmp keys update laptop --requests-per-minute 60 --concurrent-requests 4',
      'llmp keys update laptop --no-limit requests-per-minute',
      'llmp keys update laptop --cache off --policy strict',
    ],
    async run({ args: [key = ''], options, out, admin }) {
      const fields = withoutUndefined({
        name: options.text('name'),
        policy: unlessOff(options.text('policy')),
        collections:
          options.text('collections') === 'off' ? null : listOf(options.text('collections')),
        cache_for: unlessOff(options.text('cache')),
        limits: limitChangesIn(options),
      });
      out.one(await (await admin()).keys.change(key, fields), COLUMNS);
    },
  },
  {
    name: 'keys revoke',
    summary: 'Revoke a key; every ingress refuses it within a second.',
    args: [KEY],
    examples: ['llmp keys revoke laptop'],
    async run({ args: [key = ''], out, admin }) {
      const { keys } = await admin();
      const revoked = await keys.revoke(key);
      out.one(revoked, COLUMNS);
      if (out.isJson || out.isQuiet) return;
      const active = await allOf<KeyView>((page) => keys.list({ status: 'active', ...page }));
      for (const other of active.filter(({ name }) => name === revoked.name)) {
        const until = other.expires_at === null ? '' : ` until ${minuteOf(other.expires_at)}`;
        out.note(`The key ${other.id} of the same name is still accepted${until}.`);
      }
    },
  },
  {
    name: 'keys rotate',
    summary: 'Create a successor and print it, once; the old key stays valid for the overlap.',
    args: [KEY],
    options: [
      { flags: '--overlap <duration>', description: 'how long both are valid (default 24h)' },
      { ...EXPIRES, description: 'when the new key expires; as the old one by default' },
    ],
    examples: ['llmp keys rotate laptop', 'llmp keys rotate 7k3qx5ta --overlap 1h'],
    async run({ args: [key = ''], options, out, admin }) {
      const { keys } = await admin();
      const overlap = options.text('overlap');
      const fields = withoutUndefined({ overlap, expires_in: options.text('expires') });
      const created = await keys.rotate(key, fields);
      showNew(out, created);
      out.note(`The key ${created.replaces ?? key} is still accepted for ${overlap ?? '24h'}.`);
    },
  },
];

async function listKeys(invocation: Invocation): Promise<void> {
  const { options, out, admin } = invocation;
  const { keys } = await admin();
  const filters = withoutUndefined({ name: options.text('name'), team: options.text('team') });
  const inUse = options.has('all') ? undefined : 'active,expired';
  const status = options.text('status') ?? inUse;
  const input = { ...filters, ...withoutUndefined({ status }) };
  const page = await pageOf(options, (part) => keys.list({ ...input, ...part }));
  out.list(page, page.data, COLUMNS);
  if (out.isJson || out.isQuiet) return;
  if (page.has_more) out.note(`More keys: --after ${page.last_id ?? ''}`);
  if (page.data.length === 0) out.note('There are no such keys; llmp keys create makes one.');
  if (page.data.length === 0) await noteUnknownTeam(invocation, options.text('team'));
  if (status !== inUse || inUse === undefined) return;
  const { length: hidden } = await allOf<KeyView>((part) =>
    keys.list({ ...filters, status: 'revoked', ...part }),
  );
  const what = hidden === 1 ? 'revoked key is' : 'revoked keys are';
  if (hidden > 0) out.note(`${hidden} ${what} not listed; --all lists them.`);
}

function showNew(out: Invocation['out'], created: NewKeyView): void {
  const { key, ...view } = created;
  if (out.isJson) return out.json(created);
  out.line(key);
  out.note('This key is shown only once.');
  out.describe(view, COLUMNS);
}

function unlessOff(text: string | undefined): string | null | undefined {
  return text === 'off' ? null : text;
}
