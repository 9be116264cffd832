// llmp as an operator runs it: a separate process with its own environment.

import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { programEnv } from './program-env.ts';

export interface LlmpProcess {
  readonly child: ChildProcess;
  /** The exit code; null if a signal ended it. */
  readonly exited: Promise<number | null>;
  /** All output so far. */
  printed(): string;
}

const children: ChildProcess[] = [];

/** Has no `.env`, unlike the folder of a developer. */
const FOLDER = fileURLToPath(new URL('.', import.meta.url));

/** Starts `services/<program>` with only `env` and PATH in its environment. */
export function runLlmp(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  program: 'main.ts' | 'cli/llmp.ts' = 'main.ts',
  cwd: string = FOLDER,
): LlmpProcess {
  const path = fileURLToPath(new URL(`../../services/${program}`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], {
    cwd,
    env: { ...programEnv, ...env },
  });
  children.push(child);
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, exited, printed: () => text };
}

/** Kills the processes that tests left running. */
export function endAll(): void {
  for (const child of children.splice(0)) child.kill('SIGKILL');
}
