// Parses the command line of `llmp`: its commands and the options of each.

import { parseArgs } from 'node:util';

/** Limits of a key or a team: the field names of the HTTP API with hyphens. */
const LIMITS = [
  'requests-per-minute',
  'input-tokens-per-minute',
  'output-tokens-per-minute',
  'concurrent-requests',
  'usd-per-day',
  'usd-per-month',
] as const;

/** Settings of a collection: the field names of the HTTP API with hyphens. */
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

const NO_LIMITS = 'no-limits';

/** Options without a value. */
const FLAGS: ReadonlySet<string> = new Set([NO_LIMITS, 'json', 'explain', 'check']);

/** `target` names the positional argument in the usage; `targets`, any number of them. */
const COMMANDS = {
  'keys create': {
    options: ['name', 'team', 'models', 'policy', 'collections', 'cache', 'expires', ...LIMITS],
  },
  'keys list': { options: ['limit', 'after'] },
  'keys update': {
    target: 'ID',
    options: ['name', 'policy', 'collections', 'cache', NO_LIMITS, ...LIMITS],
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
  scrub: { targets: 'PATH', options: ['key', 'json', 'explain', 'check'] },
  'teams show': { target: 'NAME', options: [] },
  'teams update': { target: 'NAME', options: [NO_LIMITS, ...LIMITS] },
} as const satisfies Record<
  string,
  { target?: string; targets?: string; options: readonly string[] }
>;

export type Command = keyof typeof COMMANDS;
export type PolicyCommand = Extract<Command, `policy ${string}`>;
export type DocumentCommand = Extract<Command, `documents ${string}` | `collections ${string}`>;
export type ScrubCommand = 'scrub';
export type StoreCommand = Exclude<Command, PolicyCommand | DocumentCommand | ScrubCommand>;

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
  scrub [PATH…] [--key ID] [--json] [--explain] [--check]
  teams show NAME
  teams update NAME [limits | --no-limits]
collection settings:
  ${SETTINGS.map((name) => `[--${name} VALUE]`).join(' ')}
limits (update changes only those given):
  ${LIMITS.map((name) => `[--${name} N]`).join(' ')}`;

/** The command line is invalid; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface ParsedCommand<Which extends Command> {
  readonly command: Which;
  /** The positional argument; empty when the command has none. */
  readonly target: string;
  /** The positional arguments of a command that takes any number of them. */
  readonly targets: readonly string[];
  /** Options without a value. */
  readonly flags: ReadonlySet<string>;
  readonly options: Readonly<Record<string, string | undefined>>;
  /** Fields of the HTTP API; undefined when no limit is given, null for `--no-limits`. */
  readonly limits: Readonly<Record<string, unknown>> | null | undefined;
}

export type AnyParsedCommand =
  | ParsedCommand<PolicyCommand>
  | ParsedCommand<DocumentCommand>
  | ParsedCommand<ScrubCommand>
  | ParsedCommand<StoreCommand>;

/**
 * @param args The arguments after `llmp`.
 * @throws UsageError
 */
export function parseCommandLine(args: readonly string[]): AnyParsedCommand {
  const { values, positionals } = parseOptions(args);
  const { command, targets } = commandOf(positionals);
  const [target, ...rest] = targets;
  const needsTarget = 'target' in COMMANDS[command];
  const isCounted = !('targets' in COMMANDS[command]);
  if (isCounted && (needsTarget !== (target !== undefined) || rest.length > 0)) {
    throw new UsageError(USAGE);
  }
  const known: readonly string[] = COMMANDS[command].options;
  const unknown = Object.keys(values).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`${command} has no --${unknown}\n${USAGE}`);
  const options = Object.fromEntries(
    Object.entries(values).flatMap(([name, text]) =>
      typeof text === 'string' ? [[name, text]] : [],
    ),
  );
  const limits = limitsIn(options);
  const noLimits = values[NO_LIMITS] === true;
  if (noLimits && limits) throw new UsageError(`--${NO_LIMITS} contradicts the limits\n${USAGE}`);
  const flags = new Set(Object.keys(values).filter((name) => values[name] === true));
  const line = {
    target: target ?? '',
    targets,
    options,
    flags,
    limits: noLimits ? null : limits,
  };
  // TypeScript needs each kind of command on its own to narrow the union.
  if (isPolicyCommand(command)) return { command, ...line };
  if (command === 'scrub') return { command, ...line };
  return isDocumentCommand(command) ? { command, ...line } : { command, ...line };
}

/** The command is the first word or the first two. */
function commandOf(positionals: readonly string[]): {
  readonly command: Command;
  readonly targets: readonly string[];
} {
  for (const words of [1, 2]) {
    const command = positionals.slice(0, words).join(' ');
    if (isCommand(command)) return { command, targets: positionals.slice(words) };
  }
  throw new UsageError(USAGE);
}

function parseOptions(args: readonly string[]) {
  const names = Object.values(COMMANDS).flatMap(({ options }): readonly string[] => options);
  const options = Object.fromEntries(
    names.map((name) => [name, { type: FLAGS.has(name) ? 'boolean' : 'string' } as const]),
  );
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : ''}\n${USAGE}`);
  }
}

/** Whether the command is about policy files, which need no store. */
export function isPolicyCommandLine(line: AnyParsedCommand): line is ParsedCommand<PolicyCommand> {
  return isPolicyCommand(line.command);
}

/** Whether the command previews scrubbing, which needs no store. */
export function isScrubCommandLine(line: AnyParsedCommand): line is ParsedCommand<ScrubCommand> {
  return line.command === 'scrub';
}

/** Whether the command is about collections or documents. */
export function isDocumentCommandLine(
  line: AnyParsedCommand,
): line is ParsedCommand<DocumentCommand> {
  return isDocumentCommand(line.command);
}

function isDocumentCommand(command: Command): command is DocumentCommand {
  return /^(documents|collections) /.test(command);
}

function isPolicyCommand(command: Command): command is PolicyCommand {
  return command.startsWith('policy ');
}

function isCommand(text: string): text is Command {
  return Object.hasOwn(COMMANDS, text);
}

/** Text that is not a number stays text, so that the service rejects it. */
function limitsIn(options: AnyParsedCommand['options']): Record<string, unknown> | undefined {
  const named = LIMITS.flatMap((name) => {
    const text = options[name];
    if (text === undefined) return [];
    return [[name.replaceAll('-', '_'), /^\d+(\.\d+)?$/.test(text) ? Number(text) : text] as const];
  });
  return named.length === 0 ? undefined : Object.fromEntries(named);
}
