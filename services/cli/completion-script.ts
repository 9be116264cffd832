// Completion scripts, written from the definitions of the commands. Names of keys and collections are asked
// of llmp itself, whatever store or gateway the words before name.

import type { ArgumentSpec, CommandSpec, Names, OptionSpec } from './command-spec.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof SHELLS)[number];

/** Prints the names of a kind, one a line. */
const LISTS: Readonly<Partial<Record<Names, string>>> = {
  key: 'llmp keys list --quiet',
  team: 'llmp teams list --quiet',
  collection: 'llmp collections list --quiet',
};

interface Words {
  readonly flags: readonly string[];
  readonly takesValue: boolean;
  readonly values: string;
}

function wordsOf(option: OptionSpec): Words {
  const { flags } = option;
  return {
    flags: flags.split(/,? /).filter((word) => word.startsWith('-')),
    takesValue: /<.*>/.test(flags),
    values: valuesOf(option),
  };
}

/** A word that the scripts understand: `@files`, `@keys`, or the values themselves. */
function valuesOf({ choices, names }: Pick<ArgumentSpec, 'choices' | 'names'>): string {
  if (choices) return choices.join(' ');
  if (names === 'file') return '@file';
  if (names === 'folder') return '@folder';
  return names !== undefined && LISTS[names] ? `@${names}` : '';
}

export function completionScript(
  shell: Shell,
  commands: readonly CommandSpec[],
  globals: readonly OptionSpec[],
): string {
  if (shell === 'fish') return fishScript(commands, globals);
  const body = bashBody(commands, globals);
  return shell === 'bash'
    ? `# bash completion of llmp\n${body}complete -F _llmp llmp\n`
    : `#compdef llmp\n# zsh completion of llmp\nautoload -U +X bashcompinit && bashcompinit\n${body}complete -F _llmp llmp\n`;
}

const HELP: OptionSpec = { flags: '-h, --help', description: 'print this help' };

function bashBody(commands: readonly CommandSpec[], globals: readonly OptionSpec[]): string {
  const firsts = [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''))];
  const seconds = firsts.flatMap((first) => {
    const words = commands.flatMap(({ name }) => {
      const [group, word] = name.split(' ');
      return group === first && word !== undefined ? [word] : [];
    });
    return words.length === 0 ? [] : [`    '${first}') words='${words.join(' ')}' ;;`];
  });
  const cases = commands.map(({ name, options = [], args = [] }) => {
    const all = [...options, ...globals, HELP].map(wordsOf);
    const flags = all.flatMap((each) => each.flags.filter((flag) => flag.startsWith('--')));
    const values = all
      .filter(({ takesValue }) => takesValue)
      .map((each) => `        ${each.flags.join('|')}) values='${each.values || '@none'}' ;;`);
    const argument = args[0] ? valuesOf(args[0]) : '';
    return `    '${name}')
      flags='${flags.join(' ')}'
      words='${argument}'
      case "$previous" in
${values.join('\n')}
      esac
      ;;`;
  });
  return `_llmp() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local flags='' words='' values='' command='' at word
  for ((at = 1; at < COMP_CWORD; at++)); do
    word="\${COMP_WORDS[at]}"
    case "$word" in
      -*) continue ;;
      *) case " ${firsts.join(' ')} " in
           *" \${command:-$word} "*) if [ -z "$command" ]; then command="$word"; else command="$command $word"; break; fi ;;
           *) break ;;
         esac ;;
    esac
  done
  case "$command" in
    '') words='${firsts.join(' ')} help'; flags='--help --version' ;;
${seconds.join('\n')}
  esac
  case "$command" in
${cases.join('\n')}
    *' '*) case "\${command%% *}" in
${singles(commands)}
    esac ;;
  esac
  [ -n "$values" ] && words="$values" flags=''
  case "$words" in
    @none) COMPREPLY=() ;;
    @file) COMPREPLY=($(compgen -f -- "$current")) ;;
    @folder) COMPREPLY=($(compgen -d -- "$current")) ;;
${Object.entries(LISTS)
  .map(
    ([names, list]) =>
      `    @${names}) words="$(${list} 2>/dev/null)"; COMPREPLY=($(compgen -W "$words" -- "$current")) ;;`,
  )
  .join('\n')}
    *) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$current")) ;;
  esac
}
`;
}

/** A command of one word keeps its options after its first argument. */
function singles(commands: readonly CommandSpec[]): string {
  return commands
    .filter(({ name }) => !name.includes(' '))
    .map(({ name, options = [] }) => {
      const flags = options.flatMap((each) => wordsOf(each).flags);
      return `      '${name}') flags='${flags.filter((flag) => flag.startsWith('--')).join(' ')} --help' ;;`;
    })
    .join('\n');
}

function fishScript(commands: readonly CommandSpec[], globals: readonly OptionSpec[]): string {
  const lines = ['# fish completion of llmp', 'complete -c llmp -f'];
  const seen = new Set<string>();
  for (const spec of commands) {
    const [first = '', second] = spec.name.split(' ');
    if (!seen.has(first)) {
      seen.add(first);
      lines.push(
        `complete -c llmp -n __fish_use_subcommand -a ${first}${second === undefined ? ` -d ${quoted(spec.summary)}` : ''}`,
      );
    }
    const within = `__fish_seen_subcommand_from ${first}`;
    const words = commands.flatMap(({ name }) =>
      name.startsWith(`${first} `) ? [name.split(' ')[1]] : [],
    );
    if (second !== undefined) {
      lines.push(
        `complete -c llmp -n '${within}; and not __fish_seen_subcommand_from ${words.join(' ')}' -a ${second} -d ${quoted(spec.summary)}`,
      );
    }
    const condition =
      second === undefined ? within : `${within}; and __fish_seen_subcommand_from ${second}`;
    for (const option of spec.options ?? []) lines.push(fishOption(condition, option));
    const argument = spec.args?.[0] ? fishValues(valuesOf(spec.args[0])) : '';
    if (argument !== '') lines.push(`complete -c llmp -n '${condition}' ${argument}`);
  }
  for (const option of [...globals, HELP]) lines.push(fishOption('', option));
  return `${lines.join('\n')}\n`;
}

function fishOption(condition: string, option: OptionSpec): string {
  const { flags, takesValue, values } = wordsOf(option);
  const names = flags.map((flag) =>
    flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
  );
  const when = condition === '' ? '' : ` -n '${condition}'`;
  const value = takesValue ? ` -r ${fishValues(values)}`.trimEnd() : '';
  return `complete -c llmp${when} ${names.join(' ')}${value} -d ${quoted(option.description)}`;
}

function fishValues(values: string): string {
  if (values === '') return '';
  if (values === '@file') return '-F';
  if (values === '@folder') return "-a '(__fish_complete_directories)'";
  const list = LISTS[values.slice(1) as Names];
  return values.startsWith('@') && list ? `-a '(${list} 2>/dev/null)'` : `-a '${values}'`;
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
