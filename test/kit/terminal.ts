// A real terminal: `script` of util-linux runs a program in one.

import { spawnSync } from 'node:child_process';
import { describe } from 'vitest';
import { programEnv } from './program-env.ts';

const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes(
  'util-linux',
);

export const describeWithTerminal = describe.skipIf(!hasScript);

/** What a person sees of the program; lines end in `\r\n`. */
export function onTerminal(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): string {
  const words = [process.execPath, ...args].map((word) => `'${word}'`).join(' ');
  const { stdout } = spawnSync('script', ['-qec', words, '/dev/null'], {
    cwd,
    env: { ...programEnv, TERM: 'xterm', ...env },
    encoding: 'utf8',
  });
  return stdout;
}
