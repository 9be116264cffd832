import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvidenceBook, isShown, type Evidence } from '../../../../shared/policy/evidence.ts';
import { normalizeText } from '../../../../shared/policy/normalized-text.ts';
import type { MatchersOf, Policy } from '../../../../shared/policy/policy.ts';
import type { TextMatcher } from '../../../../shared/policy/matcher.ts';
import { reachOf, TextReader } from '../../../../shared/policy/text-reader.ts';
import { limits } from '../../../../shared/limits.ts';
import { TextValue } from '../../../../shared/json/text-value.ts';
import { finished } from '../../../../shared/runtime/finished.ts';
import { ProcessKernel, type ScannedBody } from '../../../../shared/scan/process-kernel.ts';
import { KEY, SMALL_PROGRAM } from '../../../kit/scan-bodies.ts';
import { nearlyMatching, textPolicy } from '../../../kit/policy-cases.ts';
import { finish } from '../../../kit/finish.ts';
import { compiled, words } from '../../../kit/policies.ts';
import { checkProperty } from '../../../kit/properties.ts';

function read(
  { rules, view }: Policy,
  text: string,
  step: number,
  isClean: boolean,
  candidates?: Uint32Array,
) {
  const after = Math.max(...rules.map((rule) => reachOf(rule)));
  const found = candidates && { candidates, start: 0 };
  const reader = new TextReader({ rules, view, isClean, found, step, after });
  reader.push(text);
  reader.end();
  return reader.ruleMatches.map(({ any, all, ranges }) => ({ any, all, ranges }));
}

/** The policy, whose matchers read every text. */
function withoutEvidence(policy: Policy): Policy {
  const all = (matchers: readonly TextMatcher[]) =>
    matchers.map((matcher) => ({ ...matcher, evidence: undefined }));
  const texts = ({ any, all: every, unless }: MatchersOf<TextMatcher>) => ({
    any: all(any),
    all: all(every),
    unless: all(unless),
  });
  return { ...policy, rules: policy.rules.map((rule) => ({ ...rule, texts: texts(rule.texts) })) };
}

function scannedBy(kernel: ProcessKernel, texts: readonly string[]): ScannedBody {
  const bounds = { ...limits.json, candidatesMax: Infinity };
  return finished(kernel.scan(Buffer.from(JSON.stringify(texts)), bounds));
}

function shows(evidence: Evidence, text: string): boolean {
  const book = new EvidenceBook();
  const test = book.add(evidence);
  if (test === undefined) throw new Error('the evidence cannot be found');
  return isShown(
    test,
    book.shownIn(text, () => normalizeText(text).text),
  );
}

describe('evidence', () => {
  it('changes no match of any matcher', () => {
    checkProperty(
      fc.property(
        textPolicy,
        fc.array(nearlyMatching, { minLength: 20, maxLength: 20 }),
        fc.constantFrom(33, 300, 8_192),
        fc.boolean(),
        ({ policy }, texts, step, isClean) => {
          const everything = withoutEvidence(policy);
          for (const text of texts) {
            const matches = read(everything, text, step, isClean);
            expect(read(policy, text, step, isClean)).toEqual(matches);
          }
        },
      ),
      { runs: 30 },
    );
  });

  it('is the same where a pass over the body found it', () => {
    const kernel = new ProcessKernel(SMALL_PROGRAM, KEY);
    checkProperty(
      fc.property(
        textPolicy,
        fc.array(nearlyMatching, { minLength: 20, maxLength: 20 }),
        fc.constantFrom(33, 300, 8_192),
        ({ policy, evidence }, texts, step) => {
          finish(evidence.prepare(kernel));
          const scanned = scannedBy(kernel, texts);
          for (const [index, text] of texts.entries()) {
            const candidates = policy.foundIn(new TextValue(JSON.stringify(text), scanned, index));
            if (!candidates) throw new Error('the kernel has not searched for it');
            const matches = read(policy, text, step, true);
            expect(read(policy, text, step, true, candidates)).toEqual(matches);
          }
        },
      ),
      { runs: 15 },
    );
  });

  it('is searched for again after the words of a kernel were replaced', () => {
    const kernel = new ProcessKernel(SMALL_PROGRAM, KEY);
    const [one, other] = [new EvidenceBook(), new EvidenceBook()];
    const former = compiled(
      [{ id: 'a', match: words('apollo'), action: 'flag' }],
      {},
      { evidence: one },
    );
    finish(one.prepare(kernel));
    const before = new TextValue('"apollo"', scannedBy(kernel, ['apollo']));
    expect(former.foundIn(before)).toBeDefined();
    compiled([{ id: 'a', match: words('gemini'), action: 'flag' }], {}, { evidence: other });
    finish(other.prepare(kernel));
    const after = new TextValue('"apollo"', scannedBy(kernel, ['apollo']));
    expect(former.foundIn(before)).toBeDefined();
    expect(former.foundIn(after)).toBe(undefined);
    other.add({ words: ['apollo'] });
    expect(other.foundIn(after)).toBe(undefined);
  });

  it.each<[Evidence, string, boolean]>([
    [{ words: ['apollo'] }, 'the APOLLO', true],
    [{ words: ['apollo'] }, 'the Αpоllo\u200b!', true],
    [{ words: ['apollo'] }, 'apolle', false],
    [{ words: ['apollo'], wholeWord: true }, 'apollonian', false],
    [{ words: ['apollo'], wholeWord: true }, 'apollonian apollo-nian', true],
    [{ words: ['Straße'] }, 'die STRASSE', true],
    [{ words: ['strasse'] }, 'die Straße', true],
    [{ words: ['한국'] }, '한국어', true],
    [{ words: ['a', 'b'] }, 'cb', true],
    [{ literals: ['A  B'] }, 'a  b', true],
    [{ literals: ['`x`'] }, '`x`', true],
    [{ literals: ['x'] }, 'ß', false],
    [{ units: '\u200b' }, 'a\u200b', true],
    [{ units: '\u200b' }, 'é', false],
    [{ foreign: true }, 'é', true],
    [{ foreign: true }, 'e', false],
    [{ all: [{ words: ['a'] }, { words: ['b'] }] }, 'a', false],
    [{ all: [{ words: ['a'] }, { words: ['b'] }] }, 'ab', true],
    [{ any: [{ words: ['a'] }, { words: ['b'] }] }, 'b', true],
  ])('%j in %j: %j', (evidence, text, isIn) => {
    expect(shows(evidence, text)).toBe(isIn);
  });

  it('is found by the beginning of a long word', () => {
    const word = 'antidisestablishmentarianism';
    expect(shows({ words: [word] }, `an ${word}.`)).toBe(true);
    expect(shows({ words: [word] }, 'an antidisestablishment.')).toBe(true);
  });

  it('has one kernel for many policies', () => {
    const evidence = new EvidenceBook();
    const [one, other] = ['apollo', 'gemini'].map((word) =>
      compiled([{ id: 'a', match: words(word), action: 'flag' }], {}, { evidence }),
    );
    if (!one || !other) throw new Error('a policy is missing');
    expect(evidence.keywords.map(({ text }) => text)).toEqual(['apollo', 'gemini']);
    for (const text of ['an apollo', 'a gemini', 'none']) {
      expect(read(one, text, 99, true)[0]?.any).toBe(text.includes('apollo'));
      expect(read(other, text, 99, true)[0]?.any).toBe(text.includes('gemini'));
    }
  });

  it('stays within the memory of a kernel, and more words are found without it', () => {
    const list = Array.from({ length: 9_000 }, (_, index) =>
      index.toString(36).padStart(3, '0').repeat(4),
    );
    const evidence = new EvidenceBook();
    const policy = compiled(
      [{ id: 'a', match: words(...list), action: 'redact' }],
      {},
      { evidence },
    );
    const units = evidence.keywords.reduce((sum, { text }) => sum + text.length, 0);
    expect(units).toBeLessThanOrEqual(60_000);
    const text = `x ${list[17]} y ${list.at(-1)} z`;
    expect(read(policy, text, 8_192, true)[0]?.ranges).toEqual([
      { start: 2, end: 14 },
      { start: 17, end: 29 },
    ]);
  });
});
