// Starts and stops the bench's processes.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const READY_MS = 180_000;
const READY_PAUSE_MS = 25;
/** One for each process. */
const LISTENERS_MAX = 50;
let exitsOnSignals = false;

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
): StartedChild {
  const path = fileURLToPath(new URL(`../../${file}`, import.meta.url));
  const command = [process.execPath, ...flags, path, ...words] as const;
  return startProgram(stack, name, command, { env, hasOutput: file.startsWith('test/') });
}

export type StartedChild = Child & { readonly process: ChildProcess };

interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Whether standard output is read. */
  readonly hasOutput?: boolean;
}

export function startProgram(
  stack: AsyncDisposableStack,
  name: string,
  [program, ...words]: readonly [program: string, ...words: string[]],
  { env = {}, hasOutput = false }: ProgramOptions = {},
): StartedChild {
  exitOnSignals();
  const child = spawn(program, words, {
    stdio: ['ignore', hasOutput ? 'pipe' : 'ignore', 'inherit'],
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  // Its absence shows when it is waited for.
  child.on('error', (error) => console.error(`${name}: ${error.message}`));
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  stack.defer(async () => {
    await stopChild(child);
    process.off('exit', kill);
  });
  return { name, pid: child.pid ?? 0, process: child };
}

/** Nothing that was started outlives the bench. */
function exitOnSignals(): void {
  if (exitsOnSignals) return;
  exitsOnSignals = true;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  process.setMaxListeners(LISTENERS_MAX);
}

/** Stops the child with SIGTERM and waits for its exit. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
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

/**
 * Waits until a URL returns 200; rejects if one of the processes ends before.
 * @param isAny whether any status will do
 */
export async function ready(
  url: string,
  processes: readonly ChildProcess[] = [],
  isAny = false,
): Promise<void> {
  const giveUpAt = performance.now() + READY_MS;
  while (performance.now() < giveUpAt) {
    const ended = processes.find(hasEnded);
    if (ended) throw new Error(`${ended.spawnargs.join(' ')} ended with ${ended.exitCode}`);
    const response = await fetch(url).catch(() => undefined);
    await response?.body?.cancel();
    if (response && (isAny || response.ok)) return;
    await new Promise((resolve) => setTimeout(resolve, READY_PAUSE_MS));
  }
  throw new Error(`${url} did not become ready`);
}

function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}
