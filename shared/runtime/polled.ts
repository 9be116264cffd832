// Items that are read as they come, without a promise for each: a reader takes what is ready, and is called
// when more is.

import { AsyncLocalStorage } from 'node:async_hooks';

/** Nothing is ready yet. */
export const PENDING = Symbol('pending');
/** No more items follow. */
export const ENDED = Symbol('ended');

export abstract class PolledItems<Item> implements AsyncIterableIterator<Item> {
  /** The next item if it is ready. @throws the error that the items end with */
  abstract poll(): Item | typeof PENDING | typeof ENDED;

  /** Call after `PENDING`. Calls `wake` once, and not at once, when `poll` should be called again. */
  abstract whenReady(wake: () => void): void;

  /** Call to leave before the end. */
  abstract close(): Promise<void>;

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    return new Promise((resolve, reject) => {
      const attempt = () => {
        try {
          const item = this.poll();
          if (item === PENDING) this.whenReady(attempt);
          else if (item === ENDED) resolve({ done: true, value: undefined });
          else resolve({ done: false, value: item });
        } catch (error) {
          reject(error);
        }
      };
      attempt();
    });
  }

  async return(_value?: unknown): Promise<IteratorResult<Item, undefined>> {
    await this.close();
    return { done: true, value: undefined };
  }
}

/** The same items if they can be polled already. */
export function polledOf<Item>(items: AsyncIterable<Item>): PolledItems<Item> {
  return items instanceof PolledItems ? items : new IteratedItems(items);
}

class IteratedItems<Item> extends PolledItems<Item> {
  readonly #iterator: AsyncIterator<Item>;
  #asked: Asked<Item> | undefined;

  constructor(items: AsyncIterable<Item>) {
    super();
    this.#iterator = items[Symbol.asyncIterator]();
  }

  override poll(): Item | typeof PENDING | typeof ENDED {
    this.#asked ??= new Asked(this.#iterator.next());
    const item = this.#asked.poll();
    if (item !== PENDING) this.#asked = undefined;
    return item;
  }

  override whenReady(wake: () => void): void {
    this.#asked?.whenReady(wake);
  }

  override async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}

/** An item that an iterator was asked for. */
class Asked<Item> {
  #settled: (() => Item | typeof ENDED) | undefined;
  #wake: (() => void) | undefined;

  constructor(result: Promise<IteratorResult<Item>>) {
    const settle = (settled: () => Item | typeof ENDED) => {
      this.#settled = settled;
      this.#wake?.();
    };
    result.then(
      ({ done, value }) => settle(() => (done ? ENDED : value)),
      (error: unknown) =>
        settle(() => {
          throw error;
        }),
    );
  }

  poll(): Item | typeof PENDING | typeof ENDED {
    return this.#settled ? this.#settled() : PENDING;
  }

  whenReady(wake: () => void): void {
    this.#wake = wake;
  }
}

export interface ReadItems<Item> {
  /** What was read of the items. */
  readonly items: readonly Item[];
  /** The result of a call of `next` that was not awaited. */
  readonly asked?: Promise<IteratorResult<Item>> | undefined;
  /** How they ended, if they did. */
  readonly end?: { readonly error?: unknown } | undefined;
}

/** Items of which some were read, as if none had been. */
export class ResumedItems<Item> extends PolledItems<Item> {
  readonly #rest: PolledItems<Item>;
  readonly #items: Item[];
  readonly #end: { readonly error?: unknown } | undefined;
  #asked: Asked<Item> | undefined;

  constructor({ items, asked, end }: ReadItems<Item>, rest: PolledItems<Item>) {
    super();
    this.#rest = rest;
    this.#items = [...items];
    this.#end = end;
    this.#asked = asked && new Asked(asked);
  }

  override poll(): Item | typeof PENDING | typeof ENDED {
    if (this.#items.length > 0) return this.#items.shift() ?? ENDED;
    if (this.#end && 'error' in this.#end) throw this.#end.error;
    if (this.#end) return ENDED;
    if (!this.#asked) return this.#rest.poll();
    const item = this.#asked.poll();
    if (item !== PENDING) this.#asked = undefined;
    return item;
  }

  override whenReady(wake: () => void): void {
    (this.#asked ?? this.#rest).whenReady(wake);
  }

  override async close(): Promise<void> {
    await this.#rest.close();
  }
}

/** Items whose error is noted. */
export class WatchedItems<Item> extends PolledItems<Item> {
  readonly #items: PolledItems<Item>;
  readonly #onError: (error: unknown) => void;

  constructor(items: AsyncIterable<Item>, onError: (error: unknown) => void) {
    super();
    this.#items = polledOf(items);
    this.#onError = onError;
  }

  override poll(): Item | typeof PENDING | typeof ENDED {
    try {
      return this.#items.poll();
    } catch (error) {
      this.#onError(error);
      throw error;
    }
  }

  override whenReady(wake: () => void): void {
    this.#items.whenReady(wake);
  }

  override close(): Promise<void> {
    return this.#items.close();
  }
}

/** Returned by a reader that wants no more items. */
export const LEAVE = Symbol('leave');

type Taken = void | typeof LEAVE;

/**
 * Calls `take` for each item, in the caller's asynchronous context, and waits for the promises that it
 * returns. Closes the items when it leaves or throws.
 */
export function forEachItem<Item>(
  items: AsyncIterable<Item>,
  take: (item: Item) => Taken | Promise<Taken>,
): Promise<void> {
  const polled = polledOf(items);
  const inContext = AsyncLocalStorage.snapshot();
  return new Promise((resolve, reject) => {
    const leave = () => void polled.close().then(resolve, reject);
    const fail = (error: unknown) => {
      const rejected = () => reject(error);
      polled.close().then(rejected, rejected);
    };
    const takeReady = () => {
      for (;;) {
        let item: Item | typeof PENDING | typeof ENDED;
        try {
          item = polled.poll();
        } catch (error) {
          return reject(error);
        }
        if (item === PENDING) return polled.whenReady(wake);
        if (item === ENDED) return resolve();
        try {
          const taken = take(item);
          if (taken === LEAVE) return leave();
          if (taken) {
            return void taken.then((later) => (later === LEAVE ? leave() : takeReady()), fail);
          }
        } catch (error) {
          return fail(error);
        }
      }
    };
    const wake = () => inContext(takeReady);
    takeReady();
  });
}
