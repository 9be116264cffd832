// An analyzer that runs a model in a thread of this process, so that no text leaves it.

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { withDeadline, type Clock } from '../../runtime/clock.ts';
import { DependencyError } from '../../runtime/dependency-error.ts';
import type { Analyzer, Span } from './analyzer.ts';
import type { ModelMessage, ModelOpened, ModelResult } from './model-thread.ts';
import type { ModelRules, RecognizerRules } from './rules.ts';

/** Calls wait for each other in the thread, so each is short: a second of inference. */
const TEXTS_MAX = 64;
const CHARS_MAX = 4_000;

/** @throws DependencyError when a file of the model is missing */
export function createModelAnalyzer(
  model: ModelRules,
  rules: RecognizerRules,
  clock: Clock,
): Analyzer {
  const folder = resolve(model.folder);
  for (const file of [model.file, 'tokenizer.json', 'config.json']) {
    if (existsSync(join(folder, file))) continue;
    throw new DependencyError({
      component: 'recognizer model',
      address: folder,
      subject: `The recognizer model ${folder}`,
      what: `has no file ${file}`,
      setting: '`recognizer.model` in the scrub rules',
      isTransient: false,
    });
  }
  const { deadline_ms: callMs, deadline_ms_per_1000_chars: charsMs } = rules;
  let opening: Promise<ModelThread> | undefined;

  /** The thread, which is started by the first call, and again after it ended. */
  async function thread(): Promise<ModelThread> {
    try {
      const opened = await (opening ??= ModelThread.open(model));
      if (opened.isAlive) return opened;
    } catch (error) {
      opening = undefined;
      throw error;
    }
    opening = undefined;
    return await thread();
  }

  return {
    textsMax: TEXTS_MAX,
    charsMax: CHARS_MAX,
    async analyze(texts, signal) {
      const sent = texts.map((text) => text.toWellFormed());
      const chars = sent.reduce((sum, { length }) => sum + length, 0);
      const opened = await unlessAborted(thread(), signal);
      const deadlineMs = callMs + Math.ceil((chars * charsMs) / 1_000);
      return await withDeadline(clock, deadlineMs, signal, (deadline) =>
        opened.run(sent, deadline),
      );
    },
  };
}

class ModelThread {
  readonly #worker: Worker;
  readonly #pendingById = new Map<number, PromiseWithResolvers<Span[][]>>();
  #calls = 0;
  readonly #ended = Promise.withResolvers<never>();
  #isAlive = true;

  /** @throws when the model cannot be opened */
  static async open(model: ModelRules): Promise<ModelThread> {
    const thread = new ModelThread(model);
    const [{ failed }] = (await Promise.race([
      once(thread.#worker, 'message'),
      thread.#ended.promise,
    ])) as [ModelOpened];
    if (failed !== undefined) {
      await thread.#worker.terminate();
      throw new Error(`the model of the recognizer cannot be opened: ${failed}`);
    }
    thread.#worker.on('message', (result: ModelResult) => thread.#settle(result));
    thread.#worker.unref();
    return thread;
  }

  private constructor(model: ModelRules) {
    this.#worker = new Worker(new URL('./model-thread.ts', import.meta.url), { workerData: model });
    this.#ended.promise.catch(() => undefined);
    this.#worker.on('error', (error) => this.#end(error));
    this.#worker.on('exit', () => this.#end(new Error('the thread of the model ended')));
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  async run(texts: readonly string[], signal: AbortSignal): Promise<Span[][]> {
    signal.throwIfAborted();
    const id = (this.#calls += 1);
    const pending = Promise.withResolvers<Span[][]>();
    this.#pendingById.set(id, pending);
    this.#post({ id, texts });
    try {
      return await unlessAborted(pending.promise, signal);
    } catch (error) {
      if (this.#pendingById.delete(id)) this.#post({ cancel: id });
      throw error;
    } finally {
      this.#pendingById.delete(id);
    }
  }

  #post(message: ModelMessage): void {
    this.#worker.postMessage(message);
  }

  #settle(result: ModelResult): void {
    const pending = this.#pendingById.get(result.id);
    this.#pendingById.delete(result.id);
    if ('failed' in result) pending?.reject(new Error(`the model failed: ${result.failed}`));
    else pending?.resolve(result.spans.map((spans) => [...spans]));
  }

  #end(error: unknown): void {
    this.#isAlive = false;
    this.#ended.reject(error);
    for (const { reject } of this.#pendingById.values()) reject(error);
    this.#pendingById.clear();
  }
}

/** Rejects with the signal's reason if that aborts first. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
