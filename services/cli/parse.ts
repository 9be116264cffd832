// Turns the command line into a command to run or a text to print. Runs nothing.

import { Argument, Command, CommanderError, Option } from 'commander';
import { readVersion } from '../host/version.ts';
import {
  OptionValues,
  type ArgumentSpec,
  type CommandSpec,
  type OptionSpec,
} from './command-spec.ts';
import { COMMANDS, GROUPS } from './commands.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';
import { MissingCommand, UsageError } from './usage-error.ts';

export type Parsed =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'command';
      readonly spec: CommandSpec;
      readonly args: readonly string[];
      readonly options: OptionValues;
    };

const INTRODUCTION = `Starts llmp, and administers it.

Commands about keys, teams, usage, collections and documents use the configured store
directly, whether the gateway runs or not: run them where it runs, or name a gateway with
--url and --admin-key. Settings come from the environment and from .env in this folder.`;

/**
 * @param args the words after `llmp`
 * @param width columns of the terminal, for the help
 * @throws UsageError, or MissingCommand with the help of a group
 */
export function parseCommandLine(args: readonly string[], width = 100): Parsed {
  let parsed: Parsed | undefined;
  let text = '';
  const program = buildProgram().configureOutput({
    writeOut: (more) => void (text += more),
    writeErr: (more) => void (text += more),
    outputError: () => {},
    getOutHelpWidth: () => width,
    getErrHelpWidth: () => width,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
  addCommands(program, (found) => (parsed = found));
  try {
    program.parse(withHelpOption(args), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'text', text: text.trimEnd() };
    if (error.code === 'commander.help') throw new MissingCommand(text.trimEnd());
    throw new UsageError(messageOf(error, args));
  }
  if (!parsed) throw new Error('the command line named no command');
  return parsed;
}

type OnCommand = (parsed: Parsed) => void;

function buildProgram(): Command {
  const program = new Command('llmp')
    .description(INTRODUCTION)
    .usage('<command> [options]')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help <command...>', 'print the help of a command')
    .configureHelp({ showGlobalOptions: true, subcommandTerm: (each) => each.name() })
    .exitOverride();
  for (const option of GLOBAL_OPTIONS) program.addOption(optionOf(option));
  program.addHelpText(
    'after',
    '\nExamples:\n  llmp start\n  llmp keys create --name laptop\n  llmp help keys create',
  );
  return program;
}

function addCommands(program: Command, onCommand: OnCommand): void {
  const groups = new Map<string, Command>();
  for (const spec of COMMANDS) {
    const [group = '', word] = spec.name.split(' ');
    if (word === undefined) {
      addCommand(program, group, spec, onCommand);
      continue;
    }
    let parent = groups.get(group);
    if (!parent) {
      parent = program
        .command(group)
        .description(GROUPS[group] ?? '')
        .usage('<command> [options]')
        .helpCommand('help <command>', 'print the help of a command');
      groups.set(group, parent);
    }
    addCommand(parent, word, spec, onCommand);
  }
}

function addCommand(parent: Command, word: string, spec: CommandSpec, onCommand: OnCommand): void {
  const { args = [], options = [], summary, details, examples } = spec;
  const command = parent
    .command(word)
    .summary(summary)
    .description(details === undefined ? summary : `${summary}\n\n${details}`);
  for (const each of args) command.addArgument(argumentOf(each));
  for (const each of options) command.addOption(optionOf(each));
  command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`);
  command.action(() => {
    const values = command.optsWithGlobals<Record<string, unknown>>();
    const given = allOptions(command).flatMap((option): [string, unknown][] => {
      const value = values[option.attributeName()];
      return value === undefined ? [] : [[(option.long ?? '').replace(/^--/, ''), value]];
    });
    onCommand({
      kind: 'command',
      spec,
      args: command.args,
      options: new OptionValues(new Map(given)),
    });
  });
}

function allOptions(command: Command): readonly Option[] {
  return command.parent ? [...command.options, ...allOptions(command.parent)] : command.options;
}

function optionOf({ flags, description, isRequired, isRepeated, choices }: OptionSpec): Option {
  const option = new Option(flags, description);
  // `--no-limits` is not the opposite of an option `--limits`.
  option.negate = false;
  if (choices) option.choices(choices);
  if (isRequired) option.makeOptionMandatory();
  if (isRepeated) {
    option.argParser<string[]>((text, before) => {
      if (choices && !choices.includes(text)) throw choiceError(flags, choices);
      return [...(before ?? []), text];
    });
  }
  return option;
}

function choiceError(flags: string, choices: readonly string[]): UsageError {
  return new UsageError(`${/--[\w-]+/.exec(flags)?.[0]} must be one of ${choices.join(', ')}`);
}

function argumentOf({
  name,
  description,
  isOptional,
  isRepeated,
  choices,
}: ArgumentSpec): Argument {
  const text = isRepeated ? `${name}...` : name;
  const argument = new Argument(isOptional ? `[${text}]` : `<${text}>`, description);
  return choices ? argument.choices(choices) : argument;
}

/** `help keys create` and `keys help create` are `keys create --help`. */
function withHelpOption(args: readonly string[]): string[] {
  const [first = '', second, ...rest] = args;
  const words =
    first === 'help'
      ? args.slice(1)
      : second === 'help' && first in GROUPS
        ? [first, ...rest]
        : args;
  if (words === args) return [...args];
  const name = words.slice(0, 2).join(' ');
  const isKnown =
    words.length === 0 ||
    COMMANDS.some((spec) => spec.name === name || spec.name === words[0]) ||
    (words.length === 1 && name in GROUPS);
  if (!isKnown) throw new UsageError(`there is no command ${name}; see llmp --help`);
  return [...words.slice(0, 2), '--help'];
}

/** One line that starts with the option or argument. */
function messageOf({ code, message }: CommanderError, args: readonly string[]): string {
  const [text = '', suggestion = ''] = message.replace(/^error: /, '').split('\n');
  const hint = suggestion.replace(
    /^\((D)id (.*)\)$/,
    (_all, _first, rest: string) => `; did ${rest}`,
  );
  const name = commandIn(args);
  const help = `; see llmp ${name === '' ? '' : `${name} `}--help`;
  switch (code) {
    case 'commander.missingMandatoryOptionValue':
      return `${/--[\w-]+/.exec(text)?.[0]} is required${help}`;
    case 'commander.optionMissingArgument':
      return `${/--[\w-]+/.exec(text)?.[0]} needs a value${help}`;
    case 'commander.missingArgument':
      return `<${/'(.*)'/.exec(text)?.[1]}> is required${help}`;
    case 'commander.invalidArgument': {
      const [, subject = '', choices = ''] =
        /(--[\w-]+|argument '\w+')[^]*Allowed choices are (.*)\.$/.exec(text) ?? [];
      const named = subject.replace(/^argument '(.*)'$/, '<$1>');
      return named === '' ? `${text}${help}` : `${named} must be one of ${choices}`;
    }
    default:
      return `${text}${hint}${help}`;
  }
}

function commandIn(args: readonly string[]): string {
  const words = args.filter((word) => !word.startsWith('-'));
  const found = COMMANDS.find(
    ({ name }) => name === words[0] || name === words.slice(0, 2).join(' '),
  );
  return found?.name ?? (words[0] !== undefined && words[0] in GROUPS ? words[0] : '');
}
