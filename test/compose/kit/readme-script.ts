// The commands in docs/deployment.md about Docker Compose, in their order, and a way to run them in one
// shell so that each can be told from the next.

import { readFileSync } from 'node:fs';
import type { Ran, Stack } from './stack.ts';

const DEPLOYMENT = new URL('../../../docs/deployment.md', import.meta.url);
const MARK = '\u001e';

/** One command each; continued lines and here-documents belong to the command they begin with. */
export function readmeCommands(): string[] {
  const [, section = ''] =
    /<!-- compose -->(.*?)<!-- \/compose -->/s.exec(readFileSync(DEPLOYMENT, 'utf8')) ?? [];
  const blocks = Array.from(section.matchAll(/```sh\n(.*?)```/gs), ([, block = '']) => block);
  const commands: string[] = [];
  let open: { text: string; end: string | undefined } | undefined;
  for (const line of blocks
    .join('')
    .split('\n')
    .filter((text) => text !== '')) {
    const text: string = open ? `${open.text}\n${line}` : line;
    const end: string | undefined = open?.end ?? /<<'(\w+)'$/.exec(line)?.[1];
    const goesOn = end === undefined ? line.endsWith('\\') : line !== end;
    open = goesOn ? { text, end } : undefined;
    if (!goesOn) commands.push(text);
  }
  return commands;
}

export interface Done {
  readonly command: string;
  readonly out: string;
}

/** Runs the commands one after another in one shell, with `after` each. Stops at the first that fails. */
export async function runInOneShell(
  stack: Stack,
  commands: readonly string[],
): Promise<{ done: Done[]; ran: Ran }> {
  const ran = await stack.run(commands.map((command) => `${command}\nprintf '${MARK}'`).join('\n'));
  const outputs = ran.out.split(MARK);
  const done = commands
    .slice(0, outputs.length - 1)
    .map((command, at) => ({ command, out: outputs[at] ?? '' }));
  return { done, ran };
}
