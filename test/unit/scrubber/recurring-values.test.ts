import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecurringValues } from '../../../services/scrubber/recurring-values.ts';
import { finish } from '../../kit/finish.ts';
import { checkProperty } from '../../kit/properties.ts';

function valuesOf(...values: string[]): RecurringValues {
  const all = new RecurringValues();
  for (const value of values) all.add({ value, entity: 'PASSWORD', label: 'SECRET' });
  return all;
}

function foundIn(text: string, values: string[], taken: [number, number][] = []): string[] {
  const ranges = taken.map(([start, end]) => ({ start, end }));
  return finish(valuesOf(...values).occurrencesIn(text, ranges)).map(
    ({ start, end }) => `${start}:${text.slice(start, end)}`,
  );
}

describe('recurring values', () => {
  it('are found wherever they stand alone', () => {
    expect(foundIn('hunter22! (hunter22) x=hunter22', ['hunter22'])).toEqual([
      '0:hunter22',
      '11:hunter22',
      '23:hunter22',
    ]);
  });

  it('are not found inside longer words, nor inside other findings', () => {
    expect(foundIn('hunter221 xhunter22 hunter22', ['hunter22'], [[20, 28]])).toEqual([]);
    expect(foundIn('hunter22 and hunter22', ['hunter22'], [[0, 8]])).toEqual(['13:hunter22']);
  });

  it('are found even there if they are too long for a coincidence', () => {
    expect(foundIn('x4111111111111111y', ['4111111111111111'])).toEqual(['1:4111111111111111']);
  });

  it('are found by either search method, however many there are', () => {
    const others = Array.from({ length: 40 }, (_, n) => `other-value-${n}`);
    const text = 'hunter22, other-value-7, xhunter22';
    expect(foundIn(text, ['hunter22', ...others])).toEqual(['0:hunter22', '10:other-value-7']);
    expect(foundIn(text, ['hunter22'])).toEqual(['0:hunter22']);
  });

  it('are found beside longer and shorter ones', () => {
    const values = ['ann.koch.1984@example-mail.org', 'a#b#c#', '4111111111111111'];
    const text = `${'-'.repeat(5)}a#b#c#${'-'.repeat(20)}4111111111111111`;
    expect(foundIn(text, values)).toEqual(['5:a#b#c#', '31:4111111111111111']);
    expect(foundIn(text, values.toSpliced(1, 1))).toEqual(['31:4111111111111111']);
  });

  it.each(['', '4111 1111 1111 1111'])(
    'are full names that the model joined to a word, however short, beside %j',
    (other) => {
      const all = valuesOf(...(other === '' ? [] : [other]));
      all.add({ value: 'Bo Li', entity: 'PERSON', label: 'NAME' });
      const found = finish(all.occurrencesIn('ask Bo Li please', [], all.size, true));
      expect(found.map(({ start }) => start)).toEqual([4]);
    },
  );

  it('may begin and end with punctuation', () => {
    expect(foundIn('a#pass!word#b', ['#pass!word#'])).toEqual(['1:#pass!word#']);
  });

  it('match as long as possible', () => {
    expect(foundIn('secret-one-two', ['secret-one', 'secret-one-two'])).toEqual([
      '0:secret-one-two',
    ]);
  });

  it('are ignored if they are as short as words', () => {
    expect(valuesOf('12345').size).toBe(0);
  });

  it('are found only where the model repeats them if they are common words', () => {
    const all = new RecurringValues();
    all.add({ value: 'service', entity: 'USERNAME', label: 'USER', isCommon: true });
    all.add({ value: '14 juillet 1986', entity: 'DATE_OF_BIRTH', label: 'DOB', isCommon: true });
    const text = 'the service, myservice, born 14 juillet 1986.';
    const found = (isByModel: boolean) =>
      finish(all.occurrencesIn(text, [], all.size, isByModel)).map(({ value }) => value);
    expect(found(false)).toEqual([]);
    expect(found(true)).toEqual(['service', '14 juillet 1986']);
  });

  it('are found everywhere although they begin with a longer common value', () => {
    const all = new RecurringValues();
    all.add({ value: 'kvogelsang84', entity: 'USERNAME', label: 'USER' });
    all.add({ value: 'kvogels', entity: 'USERNAME', label: 'USER', isCommon: true });
    const found = finish(all.occurrencesIn('kvogels and kvogelsang84', []));
    expect(found.map(({ value }) => value)).toEqual(['kvogelsang84']);
  });

  it('are found exactly where a naive search finds them', () => {
    const unit = fc.constantFrom('a', 'b', '1', ' ', '-', 'ü');
    const values = fc.array(fc.string({ unit, minLength: 6, maxLength: 8 }), { maxLength: 4 });
    checkProperty(
      fc.property(values, fc.string({ unit, maxLength: 60 }), (all, filler) => {
        const text = `${filler} ${all.join(' ')} ${filler}`;
        const found = finish(valuesOf(...all).occurrencesIn(text, []));
        for (const { start, end, value } of found) expect(text.slice(start, end)).toBe(value);
        const ends = found.map(({ end }) => end);
        expect(found.every(({ start }, at) => at === 0 || start >= (ends[at - 1] ?? 0))).toBe(true);
        expect(found.length).toBeGreaterThanOrEqual(all.length === 1 ? 1 : 0);
      }),
    );
  });

  it('are found exactly where a naive search finds them when they are many', () => {
    const unit = fc.constantFrom('a', 'b', '1', '-');
    const value = fc.string({ unit, minLength: 6, maxLength: 14 });
    const values = fc.uniqueArray(value, { minLength: 20, maxLength: 40 });
    const texts = fc.array(fc.oneof(fc.string({ unit, maxLength: 9 }), fc.nat(19)), {
      maxLength: 9,
    });
    checkProperty(
      fc.property(values, texts, (all, chunks) => {
        const text = chunks
          .map((chunk) => (typeof chunk === 'number' ? all[chunk] : chunk))
          .join('');
        const expected: string[] = [];
        const longestFirst = all.toSorted((one, other) => other.length - one.length);
        for (let at = 0; at < text.length;) {
          const match = longestFirst.find((one) => {
            if (!text.startsWith(one, at)) return false;
            const around = [
              text.slice(Math.max(0, at - 1), at + 1),
              text.slice(at + one.length - 1),
            ];
            const isPartOfWord = around.some((two) => /^[a-z0-9]{2}/.test(two));
            return one.length >= 12 || !isPartOfWord;
          });
          if (match) expected.push(`${at}:${match}`);
          at += match?.length ?? 1;
        }
        expect(foundIn(text, all)).toEqual(expected);
      }),
      { runs: 1_000 },
    );
  });
});
