// The thread of a model: tokens are cut and labels joined here, away from the event loop of the gateway.

import { parentPort, workerData } from 'node:worker_threads';
import type { Span } from './analyzer.ts';
import type { ModelRules } from './rules.ts';
import { openTokenModel, type TokenModel } from './token-model.ts';

/** Texts to classify, or the end of a call that nobody waits for. */
export type ModelMessage =
  | { readonly id: number; readonly texts: readonly string[] }
  | { readonly cancel: number };

export type ModelResult =
  | { readonly id: number; readonly spans: readonly (readonly Span[])[] }
  | { readonly id: number; readonly failed: string };

/** Sent once, before any result: why the model could not be opened, if so. */
export interface ModelOpened {
  readonly failed?: string;
}

/** Calls that are waited for. */
const wanted = new Set<number>();
/** Calls run one after another: the runtime uses its threads for one inference. */
let last: Promise<unknown> = Promise.resolve();

function serve(model: TokenModel): void {
  parentPort?.on('message', (message: ModelMessage) => {
    if ('cancel' in message) return void wanted.delete(message.cancel);
    wanted.add(message.id);
    last = last.then(() => run(model, message));
  });
}

async function run(
  model: TokenModel,
  { id, texts }: { readonly id: number; readonly texts: readonly string[] },
): Promise<void> {
  const isCancelled = () => !wanted.has(id);
  try {
    const spans: Span[][] = [];
    for (const text of texts) spans.push(await model.classify(text, isCancelled));
    reply({ id, spans });
  } catch (error) {
    reply({ id, failed: String(error) });
  } finally {
    wanted.delete(id);
  }
}

function reply(result: ModelResult | ModelOpened): void {
  parentPort?.postMessage(result);
}

try {
  serve(await openTokenModel(workerData as ModelRules));
  reply({} satisfies ModelOpened);
} catch (error) {
  reply({ failed: String(error) } satisfies ModelOpened);
  // Keeps the thread, which is ended once this has been read.
  parentPort?.on('message', () => undefined);
}
