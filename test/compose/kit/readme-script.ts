// Extracts the commands of docs/deployment.md on Docker Compose and runs them in one shell.

import { readFileSync } from 'node:fs';
import type { ScriptResult, Stack } from './stack.ts';

const DEPLOYMENT = new URL('../../../docs/deployment.md', import.meta.url);
const SEPARATOR = '\u001e';

/** One entry per command, with its continuation lines and here-documents. */
export function readmeCommands(): string[] {
  const [, section = ''] =
    /<!-- compose -->(.*?)<!-- \/compose -->/s.exec(readFileSync(DEPLOYMENT, 'utf8')) ?? [];
  const blocks = Array.from(section.matchAll(/```sh\n(.*?)```/gs), ([, block = '']) => block);
  const commands: string[] = [];
  let partial: { text: string; end: string | undefined } | undefined;
  for (const line of blocks
    .join('')
    .split('\n')
    .filter((text) => text !== '')) {
    const text: string = partial ? `${partial.text}\n${line}` : line;
    const end: string | undefined = partial?.end ?? /<<'(\w+)'$/.exec(line)?.[1];
    const continues = end === undefined ? line.endsWith('\\') : line !== end;
    partial = continues ? { text, end } : undefined;
    if (!continues) commands.push(text);
  }
  return commands;
}

export interface CommandOutput {
  readonly command: string;
  readonly out: string;
}

/** Runs the commands in order in one shell and stops at the first failure. */
export async function runInOneShell(
  stack: Stack,
  commands: readonly string[],
): Promise<{ outputs: CommandOutput[]; result: ScriptResult }> {
  const result = await stack.run(
    commands.map((command) => `${command}\nprintf '${SEPARATOR}'`).join('\n'),
  );
  const texts = result.out.split(SEPARATOR);
  const outputs = commands
    .slice(0, texts.length - 1)
    .map((command, index) => ({ command, out: texts[index] ?? '' }));
  return { outputs, result };
}
