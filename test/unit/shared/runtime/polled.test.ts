import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import {
  ENDED,
  forEachItem,
  LEAVE,
  PENDING,
  polledOf,
  PolledItems,
  ResumedItems,
  WatchedItems,
} from '../../../../shared/runtime/polled.ts';

/** Items that the test sends. */
class SentItems extends PolledItems<string> {
  readonly #ready: (string | Error | typeof ENDED)[] = [];
  #wake: (() => void) | undefined;
  isClosed = false;

  send(...items: readonly (string | Error | typeof ENDED)[]): void {
    this.#ready.push(...items);
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  override poll(): string | typeof PENDING | typeof ENDED {
    const item = this.#ready.shift() ?? PENDING;
    if (item instanceof Error) throw item;
    return item;
  }

  override whenReady(wake: () => void): void {
    this.#wake = wake;
  }

  override async close(): Promise<void> {
    this.isClosed = true;
  }
}

/** An iterable that counts its reads, with whether it was left. */
function iterable(texts: readonly string[], error?: Error) {
  const state = { reads: 0, isLeft: false };
  async function* items() {
    try {
      for (const text of texts) {
        state.reads += 1;
        yield text;
      }
      if (error) throw error;
    } finally {
      state.isLeft = true;
    }
  }
  return { items: items(), state };
}

describe('polled items', () => {
  it('are the items of an iterable in order, none read before it is wanted', async () => {
    const { items, state } = iterable(['a', 'b', 'c']);
    const polled = polledOf(items);
    expect(state.reads).toBe(0);
    expect(await polled.next()).toEqual({ done: false, value: 'a' });
    expect(state.reads).toBe(1);
    expect(await Array.fromAsync(polled)).toEqual(['b', 'c']);
    expect(polledOf(polled)).toBe(polled);
  });

  it('end with the error of their iterable, and leave it when they are closed', async () => {
    const error = new RangeError('cut');
    const failing = iterable(['a'], error);
    const polled = polledOf(failing.items);
    await polled.next();
    await expect(polled.next()).rejects.toBe(error);
    const open = iterable(['a', 'b']);
    for await (const _ of polledOf(open.items)) break;
    expect(open.state.isLeft).toBe(true);
  });

  it('of which some were read are the same as before', async () => {
    const sent = new SentItems();
    const asked = sent.next();
    const resumed = new ResumedItems({ items: ['a', 'b'], asked }, sent);
    expect([resumed.poll(), resumed.poll(), resumed.poll()]).toEqual(['a', 'b', PENDING]);
    const rest = Array.fromAsync(resumed);
    sent.send('c', 'd', ENDED);
    expect(await rest).toEqual(['c', 'd']);
    const error = new RangeError('cut');
    const ended = new ResumedItems({ items: ['a'], end: { error } }, sent);
    expect(ended.poll()).toBe('a');
    expect(() => ended.poll()).toThrow(error);
    expect(new ResumedItems({ items: [], end: {} }, sent).poll()).toBe(ENDED);
    await resumed.close();
    expect(sent.isClosed).toBe(true);
  });

  it('that are watched note their error', async () => {
    const sent = new SentItems();
    const seen: unknown[] = [];
    const watched = new WatchedItems(sent, (error) => seen.push(error));
    const error = new RangeError('cut');
    sent.send('a', error);
    await expect(Array.fromAsync(watched)).rejects.toBe(error);
    expect(seen).toEqual([error]);
  });
});

describe('forEachItem', () => {
  it('takes what is ready at once, and the rest as it comes', async () => {
    const sent = new SentItems();
    sent.send('a', 'b');
    const taken: string[] = [];
    const reading = forEachItem(sent, (item) => void taken.push(item));
    expect(taken).toEqual(['a', 'b']);
    sent.send('c');
    expect(taken).toEqual(['a', 'b', 'c']);
    sent.send(ENDED);
    await reading;
    expect(sent.isClosed).toBe(false);
  });

  it('takes nothing while it waits for what was taken', async () => {
    const sent = new SentItems();
    const held = Promise.withResolvers<void>();
    const taken: string[] = [];
    const reading = forEachItem(sent, (item) => {
      taken.push(item);
      return item === 'a' ? held.promise : undefined;
    });
    sent.send('a');
    sent.send('b', ENDED);
    await Promise.resolve();
    expect(taken).toEqual(['a']);
    held.resolve();
    await reading;
    expect(taken).toEqual(['a', 'b']);
  });

  it.each(['throws', 'rejects'])('closes the items when its reader %s', async (how) => {
    const sent = new SentItems();
    sent.send('a', 'b');
    const error = new Error('full');
    const reading = forEachItem(sent, () => {
      if (how === 'rejects') return Promise.reject(error);
      throw error;
    });
    await expect(reading).rejects.toBe(error);
    expect(sent.isClosed).toBe(true);
  });

  it.each(['at once', 'later'])('closes the items when its reader leaves %s', async (when) => {
    const sent = new SentItems();
    sent.send('a', 'b');
    await forEachItem(sent, () => (when === 'later' ? Promise.resolve(LEAVE) : LEAVE));
    expect([sent.isClosed, sent.poll()]).toEqual([true, 'b']);
  });

  it('rejects with the error of the items', async () => {
    const sent = new SentItems();
    const reading = forEachItem(sent, () => {});
    const error = new RangeError('cut');
    sent.send(error);
    await expect(reading).rejects.toBe(error);
  });

  it('reads in the context of its caller, whoever sends', async () => {
    const storage = new AsyncLocalStorage<string>();
    const sent = new SentItems();
    const contexts: unknown[] = [];
    const reading = storage.run('reader', () =>
      forEachItem(sent, () => void contexts.push(storage.getStore())),
    );
    storage.run('sender', () => sent.send('a'));
    sent.send('b', ENDED);
    await reading;
    expect(contexts).toEqual(['reader', 'reader']);
  });
});
