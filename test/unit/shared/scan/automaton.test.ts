import { describe, expect, it } from 'vitest';
import { buildAutomata, STATES_MAX } from '../../../../shared/scan/automaton.ts';
import { createKernel } from '../../../../shared/scan/kernel.ts';
import {
  firstKeywordTrigger,
  FOLD_DROPPED,
  type Keyword,
} from '../../../../shared/scan/program.ts';
import { candidatesOf } from '../../../../shared/scan/body-index.ts';
import { indexOf, KEY, SMALL_PROGRAM } from '../../../kit/scan-bodies.ts';

/** Keywords that share no beginning, so that each character is a state. */
function keywordsOf(count: number, length: number): Keyword[] {
  return Array.from({ length: count }, (_, index) => ({
    text: `${index.toString(36).padStart(4, '0')}é${'x'.repeat(length - 5)}`,
  }));
}

describe('buildAutomata', () => {
  it('divides keywords that are too many for one automaton', () => {
    const automata = buildAutomata(keywordsOf(4_000, 40), 3);
    expect(automata.length).toBe(3);
    for (const { next } of automata) expect(next.length / 128).toBeLessThanOrEqual(STATES_MAX);
  });
});

describe('automata of the same keywords', () => {
  const keywords = keywordsOf(3, 6);
  const changed: [string, Keyword[], number][] = [
    ['another text', [...keywords.slice(1), { text: 'other' }], 3],
    ['another order', keywords.toReversed(), 3],
    ['what may not be beside one', keywords.map((keyword) => ({ ...keyword, before: 1 })), 3],
    ['other triggers', keywords, 4],
  ];

  it('are compiled once', () => {
    const [one] = buildAutomata(keywords, 3);
    expect(buildAutomata(keywordsOf(3, 6), 3)).toEqual([one]);
    expect(buildAutomata(keywordsOf(3, 6), 3)[0]?.next).toBe(one?.next);
  });

  it('are compiled once for all triggers, and among other keywords', () => {
    const folded = keywords.map((keyword) => ({ ...keyword, isFolded: true }));
    const fold = Uint16Array.from({ length: 0x10000 }, (_, unit) => unit);
    const [alone] = buildAutomata(folded, 4, fold);
    const [plain, behind] = buildAutomata([...keywords, ...folded], 10, fold);
    expect(behind?.next).toBe(alone?.next);
    const triggersOf = (one = alone) => one?.stopWords.map(({ trigger }) => trigger).toSorted();
    expect(triggersOf()).toEqual([4, 5, 6]);
    expect(triggersOf(plain)).toEqual([10, 11, 12]);
    expect(triggersOf(behind)).toEqual([13, 14, 15]);
  });

  it.each(changed)('are others with %s', (_, other, firstTrigger) => {
    const [one] = buildAutomata(keywords, 3);
    expect(buildAutomata(other, firstTrigger)[0]).not.toEqual(one);
  });

  it('are others with another fold', () => {
    const folded = keywords.map((keyword) => ({ ...keyword, isFolded: true }));
    const same = Uint16Array.from({ length: 0x10000 }, (__, unit) => unit);
    const dropping = same.with(0x2d, FOLD_DROPPED);
    expect(buildAutomata(folded, 3, same)).not.toEqual(buildAutomata(folded, 3, dropping));
  });
});

describe('a program with many keywords', () => {
  it('is found in whichever automaton they are', () => {
    const keywords = keywordsOf(4_000, 40);
    const program = { ...SMALL_PROGRAM, keywords };
    const kernel = createKernel(program, KEY);
    const listed = [0, 1, 1_999, 3_998, 3_999];
    const text = listed.map((index) => keywords[index]?.text.toUpperCase()).join(' ');
    const candidates = candidatesOf(indexOf(kernel, JSON.stringify(text)), 0);
    const first = firstKeywordTrigger(program);
    const found = [...candidates].filter((trigger, at) => at % 2 === 1 && trigger >= first);
    expect(found.map((trigger) => trigger - first)).toEqual(listed);
  });

  it('is refused if no memory is meant for so many', () => {
    const program = { ...SMALL_PROGRAM, keywords: keywordsOf(1_000, 1_000) };
    expect(() => createKernel(program, KEY)).toThrow('too many keywords');
  });

  it.each([
    [{ keywords: [{ text: '' }] }, '1 to 1024 characters'],
    [{ keywords: [{ text: 'x'.repeat(1_025) }] }, '1 to 1024 characters'],
    [{ keywords: [{ text: 'Ab' }] }, 'lower case'],
    [{ chars: [{ char: '1' }] }, 'no digit'],
    [{ chars: [{ char: 'é' }] }, 'ASCII'],
    [{ chars: [{ char: '@' }, { char: '@' }] }, 'listed once'],
    [{ keywords: [{ text: 'ab', before: 1 }], neighbours: undefined }, 'cannot be tested'],
    [{ chars: [{ char: '@', after: 1 }], neighbours: undefined }, 'cannot be tested'],
    [{ keywords: [{ text: 'ab', isHeading: true }], places: undefined }, 'no headings'],
    [{ neighbours: new Uint32Array(3) }, 'wrong size'],
    [{ places: new Uint8Array(3) }, 'wrong size'],
    [{ digitsMin: 3, loneDigitsMin: 2 }, 'beyond reach'],
    [{ digitsMin: 33 }, 'beyond reach'],
    [{ base64Min: 65 }, 'beyond reach'],
    [{ runLengths: new Uint8Array(3) }, 'wrong size'],
  ])('is refused if it is malformed: %j', (part, message) => {
    expect(() => createKernel({ ...SMALL_PROGRAM, ...part }, KEY)).toThrow(message);
  });
});
