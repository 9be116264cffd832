// docs/cli.md, written from the definitions of the commands.

import type { ArgumentSpec, CommandSpec, OptionSpec } from '../../services/cli/command-spec.ts';
import { COMMANDS } from '../../services/cli/commands.ts';
import { GLOBAL_OPTIONS } from '../../services/cli/global-options.ts';

export function commandReference(): string {
  const rows = COMMANDS.map(
    ({ name, summary }) =>
      `| [\`llmp ${name}\`](#llmp-${name.replaceAll(' ', '-')}) | ${summary} |\n`,
  );
  const everywhere = optionTable('Option of every command', GLOBAL_OPTIONS);
  return `| Command | |\n|---|---|\n${rows.join('')}\n${everywhere}${COMMANDS.map(section).join('')}\n`;
}

function section(spec: CommandSpec): string {
  const { name, summary, details, args = [], options = [], examples } = spec;
  const usage = [`llmp ${name}`, ...args.map(argument), ...options.map(optional)].join(' ');
  const text = details === undefined ? summary : `${summary} ${details}`;
  const argRows = args.map(
    (arg) => `| \`${argument(arg)}\` | ${escaped(arg.description)}${choicesOf(arg)} |\n`,
  );
  const argTable = args.length === 0 ? '' : `| Argument | |\n|---|---|\n${argRows.join('')}\n`;
  const optionsShown = options.length === 0 ? '' : optionTable('Option', options);
  return `\n### llmp ${name}\n\n${text}\n\n\`\`\`text\n${usage}\n\`\`\`\n\n${argTable}${optionsShown}\`\`\`sh\n${examples.join('\n')}\n\`\`\`\n`;
}

function optionTable(title: string, options: readonly OptionSpec[]): string {
  const rows = options.map(
    (option) =>
      `| \`${escaped(option.flags)}\` | ${escaped(option.description)}${choicesOf(option)} |\n`,
  );
  return `| ${title} | |\n|---|---|\n${rows.join('')}\n`;
}

function choicesOf({ choices }: Pick<OptionSpec, 'choices'>): string {
  return choices ? `: ${choices.map((choice) => `\`${choice}\``).join(', ')}` : '';
}

function argument({ name, isOptional, isRepeated }: ArgumentSpec): string {
  const text = isRepeated ? `${name}...` : name;
  return isOptional ? `[${text}]` : `<${text}>`;
}

function optional({ flags, isRequired }: OptionSpec): string {
  const long = flags.replace(/^-\w, /, '');
  return isRequired ? long : `[${long}]`;
}

function escaped(text: string): string {
  return text.replaceAll('|', String.raw`\|`);
}
