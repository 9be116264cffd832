// Which message the event loop works on, for the heartbeat thread: it pauses a hanging event loop and calls
// this function there, as nothing else of another thread can be read.

import { AsyncLocalStorage } from 'node:async_hooks';

const storage = new AsyncLocalStorage<string>();
const KEY = 'llmp.currentWork';

Object.defineProperty(globalThis, Symbol.for(KEY), { value: () => storage.getStore() });

/** Evaluates to the name of the current work in any call frame of the thread that `runAs` was called in. */
export const CURRENT_WORK = `globalThis[Symbol.for('${KEY}')]()`;

/** Names a message as the rules of supervision tell them apart. */
export function workName({ id, attempt, position }: WorkId): string {
  return `${id}/${attempt}/${position}`;
}

export interface WorkId {
  readonly id: string;
  readonly attempt: number;
  readonly position: number;
}

/** The name follows all asynchronous work that `run` starts. */
export function runAs<Result>(name: string, run: () => Result): Result {
  return storage.run(name, run);
}
