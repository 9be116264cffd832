// Starts and stops the bench's processes and reads their CPU time.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The unit of /proc/<pid>/stat, which Linux fixes at 1/100 s for user space (USER_HZ). */
const TICK_MS = 10;

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

/** Waits until `/readyz` returns 200. */
export async function ready(url: string): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    const response = await fetch(`${url}/readyz`).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${url} did not become ready`);
}

/** CPU time so far, user and kernel, all threads. */
export function cpuMs({ pid }: Child): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // Fields follow the name, which may contain anything and ends with the last parenthesis (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
