// Starts and stops the bench's processes.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const READY_MS = 60_000;
const READY_PAUSE_MS = 25;

export interface Child {
  readonly name: string;
  readonly pid: number;
}

/** @param file path from the repository root */
export function startChild(
  stack: AsyncDisposableStack,
  name: string,
  [file = '', ...words]: readonly string[],
  { env = {}, flags = [] }: { env?: Record<string, string>; flags?: readonly string[] } = {},
): Child & { readonly process: ChildProcess } {
  const path = fileURLToPath(new URL(`../../${file}`, import.meta.url));
  const child = spawn(process.execPath, [...flags, path, ...words], {
    stdio: ['ignore', file.startsWith('test/') ? 'pipe' : 'ignore', 'inherit'],
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  stack.defer(() => stopChild(child));
  return { name, pid: child.pid ?? 0, process: child };
}

/** Stops the child with SIGTERM and waits for its exit. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(late);
}

/** Starts a server that prints its port on the first line. */
export async function startServer(
  stack: AsyncDisposableStack,
  name: string,
  words: readonly string[],
): Promise<Child & { readonly url: string }> {
  const { process: child, pid } = startChild(stack, name, words);
  if (!child.stdout) throw new Error(`${name} has no output`);
  const [port] = await once(createInterface({ input: child.stdout }), 'line');
  return { name, pid, url: `http://127.0.0.1:${String(port)}` };
}

/** Waits until a URL returns 200; rejects if one of the processes ends before. */
export async function ready(url: string, processes: readonly ChildProcess[] = []): Promise<void> {
  const giveUpAt = performance.now() + READY_MS;
  while (performance.now() < giveUpAt) {
    const ended = processes.find(({ exitCode, signalCode }) => exitCode !== null || signalCode);
    if (ended) throw new Error(`${ended.spawnargs.join(' ')} ended with ${ended.exitCode}`);
    const response = await fetch(url).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, READY_PAUSE_MS));
  }
  throw new Error(`${url} did not become ready`);
}
