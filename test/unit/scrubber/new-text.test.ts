import { describe, expect, it } from 'vitest';
import type { Offload } from '../../../services/scrubber/scrubber.ts';
import { limits } from '../../../shared/limits.ts';
import { requestMessage } from '../../kit/request-messages.ts';
import { scrubberHere } from '../../kit/scrub-pool.ts';
import { confirm } from '../../kit/permits.ts';

const CHARS_MAX = 10_000;

/** A scrubber that gives requests with much new text away, and the texts that it gave them away for. */
function offloading(options: Parameters<typeof scrubberHere>[1] = {}) {
  const keys: string[] = [];
  const run: Offload = async ({ body }, _, text) => {
    keys.push(text);
    expect(body.size).toBeGreaterThan(CHARS_MAX);
    return { kind: 'pass' };
  };
  const scrub = scrubberHere(null, { ...options, offload: { charsMax: CHARS_MAX, run } });
  const { signal } = new AbortController();
  const ask = async (...texts: readonly string[]) => {
    const messages = texts.map((content) => ({ role: 'user', content }));
    const body = Buffer.from(JSON.stringify({ messages }));
    const before = keys.length;
    const outcome = await scrub(requestMessage({}, body), { signal, confirm, sendVault: () => {} });
    expect(outcome.kind).toBe('pass');
    return keys.length > before;
  };
  return { ask, keys };
}

const prose = (topic: string, chars: number) =>
  `All about ${topic}. `.repeat(chars / 10).slice(0, chars);
const mails = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${name}${index}@corp-mail.org`).join('\n');

describe('a request is given to a thread', () => {
  it('if it has much new text, in one field or in many', async () => {
    const { ask } = offloading();
    expect(await ask(prose('bees', CHARS_MAX + 1))).toBe(true);
    expect(await ask(...Array.from({ length: 900 }, (_, n) => `Short text ${n}.`))).toBe(true);
    expect(await ask(prose('ants', CHARS_MAX / 2))).toBe(false);
  });

  it('not if its new text is little, however long the conversation is', async () => {
    const { ask } = offloading();
    const turns: string[] = [];
    for (let turn = 0; turn < 9; turn += 1) {
      turns.push(prose(`turn ${turn}`, CHARS_MAX / 2));
      expect(await ask(...turns)).toBe(false);
    }
  });

  it('if its known text has many values, which must all be replaced again', async () => {
    const { ask } = offloading();
    const known = prose('known', CHARS_MAX - 500);
    const lists = ['ann', 'bob', 'eve', 'joe'].map((name) => mails(name, 40));
    for (const text of [known, ...lists]) expect(await ask(text)).toBe(false);
    expect(await ask(known, ...lists)).toBe(true);
    expect(await ask(known, ...lists.slice(0, 2))).toBe(false);
  });

  it('with the same new text on each turn, so that the same thread can have it cached', async () => {
    const { ask, keys } = offloading();
    const known = prose('known', CHARS_MAX / 2);
    expect(await ask(known)).toBe(false);
    const first = prose('first', CHARS_MAX * 2);
    await ask(known, first);
    await ask(known, first, prose('second', CHARS_MAX));
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  it('if the findings of an earlier text were too many to be kept', async () => {
    const scan = { ...limits.scan, factBytesMax: 4_000 };
    const { ask } = offloading({ limits: { ...limits, scan } });
    const list = mails('ann', 300);
    expect(list.length).toBeLessThan(CHARS_MAX);
    expect(await ask(list)).toBe(false);
    expect(await ask(list, prose('bees', CHARS_MAX - list.length + 1))).toBe(true);
  });
});
