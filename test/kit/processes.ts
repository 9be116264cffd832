// Real processes of `services/main.ts`: what they print and how they end.

import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { runLlmp, type LlmpProcess as RunningProcess } from './llmp-process.ts';

export type { LlmpProcess as RunningProcess } from './llmp-process.ts';

/** The processes of one test, on one data directory; disposing kills those still running. */
export class Processes implements AsyncDisposable {
  readonly #directory: string;
  readonly #running: RunningProcess[] = [];

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** @param words the workers to run */
  run(env: Readonly<Record<string, string>>, words: readonly string[]): RunningProcess {
    const defaults = { LLMP_PORT: '0', LLMP_HEALTH_PORT: '0', LLMP_DATA_DIR: this.#directory };
    const running = runLlmp({ ...defaults, ...env }, words);
    this.#running.push(running);
    return running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child } of this.#running) child.kill('SIGKILL');
    await Promise.all(this.#running.map(({ exited }) => exited));
  }
}

/** URL of a single-process gateway and its first key, which is in a file. */
export async function listening(running: RunningProcess): Promise<{ url: string; key: string }> {
  const pattern = /llmp {6}(\S+)\n(?:.*\n)*Key {7}in (\S+)/;
  await expect.poll(() => pattern.test(running.printed())).toBe(true);
  const [, url = '', path = ''] = pattern.exec(running.printed()) ?? [];
  return { url, key: readFileSync(path, 'utf8').trim() };
}

/** The URL that the process logs. */
export async function started(running: RunningProcess): Promise<string> {
  const line = () => logged(running).find(({ msg }) => msg === 'llmp started');
  await expect.poll(line).toBeDefined();
  return String(line()?.['url']);
}

/** The log lines so far. */
export function logged(running: RunningProcess): Record<string, unknown>[] {
  const lines = running.printed().split('\n').slice(0, -1);
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
}
