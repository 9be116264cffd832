import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DETECTORS } from '../../../../shared/privacy/detect/detectors.ts';
import { detectorProgram } from '../../../../shared/privacy/detect/detector-program.ts';
import { buildKeywordAutomaton } from '../../../../shared/policy/keyword-automaton.ts';
import {
  DROPPED,
  mathDigitAt,
  NORMALIZATIONS,
} from '../../../../shared/privacy/detect/normalizations.ts';
import { CONFUSABLE_TRIGGER, firstKeywordTrigger } from '../../../../shared/scan/program.ts';
import { triggersIn } from '../../../../shared/scan/triggers.ts';
import { checkProperty } from '../../../kit/properties.ts';
import { manyTriggers, SMALL_PROGRAM } from '../../../kit/scan-bodies.ts';

const words = detectorProgram(DETECTORS).keywords.map(({ text }) => text);
const program = { ...SMALL_PROGRAM, keywords: words.map((text) => ({ text })) };
const automaton = buildKeywordAutomaton(words);
const conversation = readFileSync(
  new URL('../../../fixtures/conversations/coding-session.json', import.meta.url),
  'utf8',
);

/** Ends and indexes of the keywords that the scanner's automaton finds. */
function found(text: string): string[] {
  const { classes, next, shift, firstStop, wordsByStop } = automaton;
  const ends: string[] = [];
  let state = 0;
  for (let at = 0; at < text.length; at += 1) {
    state = next[(state << shift) | (classes[text.charCodeAt(at)] ?? 0)] ?? 0;
    for (const word of wordsByStop[state - firstStop] ?? []) ends.push(`${at} ${word}`);
  }
  return ends;
}

/** Texts with keywords of the detectors, in several cases. */
const keywordText = fc
  .array(
    fc.oneof(
      fc.constantFrom(...words),
      fc.constantFrom(...words).map((word) => word.toUpperCase()),
      fc.tuple(fc.constantFrom(...words), fc.nat(20)).map(([word, to]) => word.slice(0, to)),
      fc.string({ unit: 'binary', maxLength: 2 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

/** Whether normalizing a character can change what is found. Full-width commas, dashes in prose and joined emoji are ordinary text. */
function matters(text: string, at: number): boolean {
  if (/^(?:%|\\u00)(?:[2-6][\da-f]|7[\da-e])/i.test(text.slice(at))) return true;
  if (mathDigitAt(text, at) !== undefined) return true;
  const to = NORMALIZATIONS[text.charCodeAt(at)] ?? 0;
  if (to === 0) return false;
  if (/[@a-z\d]/i.test(to === DROPPED ? '' : String.fromCharCode(to))) return true;
  const [before, after] = [text.charAt(at - 1), text.charAt(at + 1)];
  if (!/^[!-~\ud800-\udfff]$/.test(before) && !isNormalized(before)) return false;
  if (!/^[!-~\ud800-\udfff]$/.test(after) && !isNormalized(after)) return false;
  const isNumber = (char: string) => /\d/.test(char) || isNormalized(char);
  return to === DROPPED || isNumber(before) || isNumber(after);
}

function isNormalized(char: string): boolean {
  return char !== '' && NORMALIZATIONS[char.charCodeAt(0)] !== 0;
}

describe('triggersIn', () => {
  it('finds the keywords that the automaton of the scanner finds', () => {
    const keywords = (text: string) =>
      Array.from(triggersIn(text, program))
        .filter(([, trigger]) => trigger >= firstKeywordTrigger(program))
        .map(([at, trigger]) => `${at} ${trigger - firstKeywordTrigger(program)}`);
    checkProperty(
      fc.property(keywordText, (text) => {
        expect(keywords(text)).toEqual(found(text));
      }),
      { runs: 200, examples: [[conversation.slice(0, 20_000)]] },
    );
  });

  it('finds the characters that need a normalized view', () => {
    checkProperty(
      fc.property(manyTriggers, (long) => {
        const text = long.slice(0, 200);
        const positions = Array.from({ length: text.length }, (_, at) => at).filter((at) =>
          matters(text, at),
        );
        const marked = Array.from(triggersIn(text, SMALL_PROGRAM))
          .filter(([, trigger]) => trigger === CONFUSABLE_TRIGGER)
          .map(([at]) => at);
        expect(marked).toEqual(positions);
      }),
      { runs: 500 },
    );
  });
});
