import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DETECTORS } from '../../../../../shared/privacy/detect/detectors.ts';
import { NeighbourSets } from '../../../../../shared/privacy/detect/neighbours.ts';
import { checkProperty } from '../../../../kit/properties.ts';

const { before, after } = (() => {
  const sets = new NeighbourSets();
  const part = sets.bitsOf({ startsPart: true }).before;
  const word = sets.bitsOf({ startsWord: true }).before;
  const hex = sets.bitsOf({ before: /[\da-f]/, after: /[\da-f]/ });
  return {
    before: (text: string, start: number) => {
      const bits = sets.before(text, start);
      return [part, word, hex.before].map((bit) => (bits & bit) !== 0);
    },
    after: (text: string, end: number) => (sets.after(text, end) & hex.after) !== 0,
  };
})();

/** Detectors whose triggers say what must be beside them, with each of these triggers. */
const TRIGGERS = DETECTORS.flatMap((detector) =>
  detector.triggers.flatMap((trigger) => {
    if (trigger.kind !== 'word' && trigger.kind !== 'char') return [];
    if (!trigger.before && !trigger.after && !trigger.startsPart && !trigger.startsWord) return [];
    return [{ detector, trigger }];
  }),
);

const VALUES =
  'Anna Koch;anna.koch;12.04.1980;12 Elm Street, Bristol BS6 7RG;123;\\n;: ;": ";=;:5432:db:app;h:5432:db:;(415) 555-2671;2001:db8::1'.split(
    ';',
  );

describe('neighbours', () => {
  it.each([
    ['name', 0, [true, true, true]],
    [' name', 1, [true, true, false]],
    ['user_name', 5, [true, false, false]],
    ['userName', 4, [true, false, false]],
    ['user.name', 5, [true, false, false]],
    ['USERNAME', 4, [false, false, false]],
    ['rename', 2, [false, false, true]],
    ['\\nname', 2, [true, true, false]],
    ['éname', 1, [true, true, true]],
  ])('before a part, a word or behind a digit of %j at %i', (text, start, expected) => {
    expect(before(text, start)).toEqual(expected);
  });

  it('may be anything at the end of a text and outside ASCII', () => {
    expect(after('ab', 2)).toBe(true);
    expect(after('abé', 2)).toBe(true);
    expect(after('abc', 2)).toBe(true);
    expect(after('abx', 2)).toBe(false);
  });

  it('never hide what a detector would find', () => {
    const sets = new NeighbourSets();
    const unit = fc.constantFrom(...Array.from('aAnr1f0 \t\n\\"\'`*_-.:=/@#$|>(),é様'), ...VALUES);
    const beside = fc.array(unit, { maxLength: 4 }).map((parts) => parts.join(''));
    checkProperty(
      fc.property(
        fc.constantFrom(...TRIGGERS),
        fc.nat(),
        beside,
        beside,
        fc.constantFrom('lower', 'title', 'upper'),
        ({ detector, trigger }, skip, lead, rest, letters) => {
          const matches = trigger.kind === 'char' ? Array.from(trigger.chars) : trigger.words;
          const match = matches[skip % matches.length] ?? '';
          const spelled =
            letters === 'upper'
              ? match.toUpperCase()
              : letters === 'title'
                ? match.charAt(0).toUpperCase() + match.slice(1)
                : match;
          const text = `${lead}${spelled}${rest}`;
          const start = lead.length;
          const end = start + spelled.length;
          const bits = sets.bitsOf(trigger);
          const isSeen =
            (sets.before(text, start) & bits.before) !== 0 &&
            (sets.after(text, end) & bits.after) !== 0;
          expect(isSeen || detector.find(text, start, end) === undefined).toBe(true);
        },
      ),
    );
  });

  it('are limited in number', () => {
    const sets = new NeighbourSets();
    expect(() => {
      for (let code = 33; code < 127; code++)
        sets.bitsOf({ after: new RegExp(`\\x${code.toString(16)}`) });
    }).toThrow(RangeError);
  });
});
