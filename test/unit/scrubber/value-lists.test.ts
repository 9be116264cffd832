// Long lists of values that have much in common are scrubbed completely, in linear work.

import { describe, expect, it } from 'vitest';
import { RecurringValues } from '../../../services/scrubber/recurring-values.ts';
import { finish } from '../../kit/finish.ts';
import { scrubbing } from '../../kit/scrubbing.ts';
import { NESTED_LISTS, VALUE_LISTS } from '../../kit/value-lists.ts';

const COUNT = 400;
/** Linear work doubles; a logarithm may add a little. */
const DOUBLE = 2.3;
/** Look-ups per character: one for the shortest prefix, and a binary search over longer ones. */
const LOOK_UPS_PER_CHAR = 12;

function listOf(valueAt: (index: number) => string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => valueAt(index));
}

/** Searches a text of the values and of all their beginnings, where no detector has found any. */
function work(valueAt: (index: number) => string, count: number) {
  const list = listOf(valueAt, count);
  const values = new RecurringValues();
  for (const value of list) values.add({ value, entity: 'ID', label: 'ID' });
  const text = list.map((value) => `x${value.slice(0, -1)}- ${value}`).join('\n');
  finish(values.occurrencesIn(text, []));
  return { lookUps: values.lookUps, chars: text.length + list.join('').length };
}

describe.each(Object.entries({ ...VALUE_LISTS, ...NESTED_LISTS }))('%s', (_, valueAt) => {
  it('are looked up in work that grows with the characters', () => {
    const [once, twice] = [work(valueAt, COUNT), work(valueAt, 2 * COUNT)];
    expect(twice.lookUps / once.lookUps).toBeLessThan((DOUBLE * twice.chars) / once.chars / 2);
    expect(twice.lookUps).toBeLessThan(LOOK_UPS_PER_CHAR * twice.chars);
  });

  it('are found again where no detector has found them', () => {
    const list = listOf(valueAt, COUNT);
    const values = new RecurringValues();
    for (const value of list) values.add({ value, entity: 'ID', label: 'ID' });
    const text = list.map((value) => `see ${value}, or`).join('\n');
    const found = finish(values.occurrencesIn(text, []));
    expect(found.map(({ start, end }) => text.slice(start, end))).toEqual(list);
  });
});

describe.each(Object.entries(VALUE_LISTS))('a list of %s', (_, valueAt) => {
  it('is replaced value by value', async () => {
    const list = listOf(valueAt, COUNT);
    const content = list.join('\n');
    const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] });
    const { text, vault } = await scrubbing()(body);
    const sent = JSON.parse(text) as { messages: { content: string }[] };
    const tokens = (sent.messages[0]?.content ?? '').split('\n');
    expect(tokens.map((token) => vault.values.get(token))).toEqual(list);
  });
});
