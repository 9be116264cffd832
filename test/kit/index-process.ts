// A process that writes to a passage index until it is done or killed. Takes a JSON task as its argument
// and prints one line per acknowledged document.

import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openIndexAt, type IndexPlace } from './index-places.ts';
import { documentOf, passagesOf } from './passages.ts';

export interface WritingTask {
  readonly place: IndexPlace;
  readonly collection: string;
  /** Document ids, written in turn. */
  readonly ids: readonly string[];
  /** How often all documents are written; all passages of round n contain its word. */
  readonly rounds: number;
  readonly passagesEach: number;
}

export interface WritingProcess extends AsyncDisposable {
  /** Printed lines, `round id` each. */
  readonly lines: AsyncIterable<string>;
  kill(): Promise<void>;
  /** Resolves to the process's error output; empty on success. */
  ended(): Promise<string>;
}

/** A unique word per round. */
export function wordOfRound(round: number): string {
  return ['zebra', 'quokka'][round % 2] ?? 'zebra';
}

export function startWriting(task: WritingTask): WritingProcess {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    lines: createInterface({ input: child.stdout }),
    kill: () => killProcess(child, closed),
    async ended() {
      child.stdout.resume();
      await closed;
      return child.exitCode === 0 ? '' : `exit ${child.exitCode}: ${stderr}`;
    },
    [Symbol.asyncDispose]: () => killProcess(child, closed),
  };
}

async function killProcess(child: ChildProcess, closed: Promise<void>): Promise<void> {
  child.kill('SIGKILL');
  child.stdout?.resume();
  await closed;
}

async function write({ place, collection, ids, rounds, passagesEach }: WritingTask): Promise<void> {
  await using index = await openIndexAt(place);
  for (let round = 0; round < rounds; round += 1) {
    for (const id of ids) {
      await index.replace(documentOf(id, collection), passagesOf(passagesEach, wordOfRound(round)));
      process.stdout.write(`${round} ${id}\n`);
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await write(JSON.parse(process.argv[2] ?? '') as WritingTask);
}
