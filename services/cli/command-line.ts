// The words of the operator's command: which commands there are and which options each takes.

import { parseArgs } from 'node:util';

/** Each bounds a key or a team; the words are those of the HTTP API with hyphens. */
const LIMITS = [
  'requests-per-minute',
  'input-tokens-per-minute',
  'output-tokens-per-minute',
  'concurrent-requests',
  'usd-per-day',
  'usd-per-month',
] as const;

/** How a collection is answered from; the words are those of the HTTP API with hyphens. */
const SETTINGS = [
  'team',
  'scrub',
  'inject',
  'citations',
  'passages-max',
  'tokens-max',
  'coverage-min',
  'deadline',
  'on-error',
] as const;

/** The only option without a value. */
const FLAG = 'no-limits';

/** `target`: what the command is about, in the words of the usage. */
const COMMANDS = {
  'keys create': {
    options: ['name', 'team', 'models', 'policy', 'collections', 'cache', 'expires', ...LIMITS],
  },
  'keys list': { options: ['limit', 'after'] },
  'keys update': {
    target: 'ID',
    options: ['name', 'policy', 'collections', 'cache', FLAG, ...LIMITS],
  },
  'keys revoke': { target: 'ID', options: [] },
  'keys rotate': { target: 'ID', options: ['overlap', 'expires'] },
  'usage show': { options: ['from', 'to', 'by', 'key', 'team', 'model'] },
  'policy check': { target: 'FILE', options: ['sample', 'key', 'team'] },
  'policy test': { target: 'FILE', options: ['cases'] },
  'policy schema': { options: [] },
  'collections create': { target: 'NAME', options: SETTINGS },
  'collections update': { target: 'NAME', options: SETTINGS },
  'collections list': { options: ['limit', 'after'] },
  'collections delete': { target: 'NAME', options: [] },
  'documents add': { target: 'PATH', options: ['collection'] },
  'documents list': { options: ['collection', 'limit', 'after'] },
  'documents remove': { target: 'ID', options: ['collection'] },
  'documents reindex': { options: ['collection'] },
  'documents migrate': { options: ['from-data-dir', 'from-database', 'collection'] },
  'teams show': { target: 'NAME', options: [] },
  'teams update': { target: 'NAME', options: [FLAG, ...LIMITS] },
} as const satisfies Record<string, { target?: string; options: readonly string[] }>;

export type Command = keyof typeof COMMANDS;
export type PolicyCommand = Extract<Command, `policy ${string}`>;
export type DocumentCommand = Extract<Command, `documents ${string}` | `collections ${string}`>;
export type StoreCommand = Exclude<Command, PolicyCommand | DocumentCommand>;

export const USAGE = `usage: npm run llmp -- <command>
  keys create --name NAME [--team TEAM] [--models A,B] [--policy NAME] [--collections A,B] [--cache 10m] [--expires 30d] [limits]
  keys list [--limit N] [--after ID]
  keys update ID [--name NAME] [--policy NAME] [--collections A,B | off] [--cache 10m | off] [limits | --no-limits]
  keys revoke ID
  keys rotate ID [--overlap 1h] [--expires 30d]
  usage show [--from DAY] [--to DAY] [--by day,key,team,model] [--key ID] [--team TEAM] [--model MODEL]
  collections create NAME [settings]
  collections update NAME [settings]
  collections list [--limit N] [--after NAME]
  collections delete NAME
  documents add PATH --collection NAME
  documents list --collection NAME [--limit N] [--after ID]
  documents remove ID --collection NAME
  documents reindex --collection NAME
  documents migrate --from-data-dir PATH | --from-database URL [--collection NAME]
  policy check FILE [--sample REQUEST.json] [--key ID] [--team TEAM]
  policy test FILE --cases CASES
  policy schema
  teams show NAME
  teams update NAME [limits | --no-limits]
settings of a collection:
  ${SETTINGS.map((name) => `[--${name} VALUE]`).join(' ')}
limits, which replace all there were:
  ${LIMITS.map((name) => `[--${name} N]`).join(' ')}`;

/** The line cannot be understood; its message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface Line<Which extends Command> {
  readonly command: Which;
  /** Id or name the command is about; empty where it is about none. */
  readonly target: string;
  readonly options: Readonly<Record<string, string | undefined>>;
  /** In the words of the HTTP API; undefined where no limit is named, null for `--no-limits`. */
  readonly limits: Readonly<Record<string, unknown>> | null | undefined;
}

export type AnyLine = Line<PolicyCommand> | Line<DocumentCommand> | Line<StoreCommand>;

/** Reads the words after `llmp`; throws UsageError. */
export function readLine(words: readonly string[]): AnyLine {
  const { values, positionals } = parsed(words);
  const [subject, verb, target, ...rest] = positionals;
  const command = `${subject} ${verb}`;
  if (!isCommand(command)) throw new UsageError(USAGE);
  const needsTarget = 'target' in COMMANDS[command];
  if (needsTarget !== (target !== undefined) || rest.length > 0) throw new UsageError(USAGE);
  const known: readonly string[] = COMMANDS[command].options;
  const orphan = Object.keys(values).find((name) => !known.includes(name));
  if (orphan !== undefined) throw new UsageError(`${command} has no --${orphan}\n${USAGE}`);
  const options = Object.fromEntries(
    Object.entries(values).flatMap(([name, text]) =>
      typeof text === 'string' ? [[name, text]] : [],
    ),
  );
  const limits = limitsIn(options);
  const none = values[FLAG] === true;
  if (none && limits) throw new UsageError(`--${FLAG} contradicts the limits\n${USAGE}`);
  const said = { target: target ?? '', options, limits: none ? null : limits };
  if (isPolicyCommand(command)) return { command, ...said };
  return isDocumentCommand(command) ? { command, ...said } : { command, ...said };
}

function parsed(words: readonly string[]) {
  const names = Object.values(COMMANDS).flatMap(({ options }): readonly string[] => options);
  const options = Object.fromEntries(
    names.map((name) => [name, { type: name === FLAG ? 'boolean' : 'string' } as const]),
  );
  try {
    return parseArgs({ args: [...words], allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : ''}\n${USAGE}`);
  }
}

/** Whether it is about files of policies, and not about the store. */
export function isPolicyLine(line: AnyLine): line is Line<PolicyCommand> {
  return isPolicyCommand(line.command);
}

/** Whether it is about collections and their documents. */
export function isDocumentLine(line: AnyLine): line is Line<DocumentCommand> {
  return isDocumentCommand(line.command);
}

function isDocumentCommand(command: Command): command is DocumentCommand {
  return /^(documents|collections) /.test(command);
}

function isPolicyCommand(command: Command): command is PolicyCommand {
  return command.startsWith('policy ');
}

function isCommand(words: string): words is Command {
  return Object.hasOwn(COMMANDS, words);
}

/** What is no number stays text, for the register to say what is wrong with it. */
function limitsIn(options: AnyLine['options']): Record<string, unknown> | undefined {
  const named = LIMITS.flatMap((name) => {
    const text = options[name];
    if (text === undefined) return [];
    return [[name.replaceAll('-', '_'), /^\d+(\.\d+)?$/.test(text) ? Number(text) : text] as const];
  });
  return named.length === 0 ? undefined : Object.fromEntries(named);
}
