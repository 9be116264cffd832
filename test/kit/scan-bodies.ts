// Bodies and programs for tests of the scan kernel.

import { readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import type { BodyIndex, IndexBounds } from '../../shared/scan/body-index.ts';
import {
  BESIDE_CODES,
  CODE_FOREIGN,
  PART_START,
  REACH,
  WORD_START,
  type ScanProgram,
} from '../../shared/scan/program.ts';
import type { BodyScanner } from '../../shared/scan/scanner.ts';
import { detectorProgram } from '../../shared/privacy/detect/detector-program.ts';
import { PLACES } from '../../shared/privacy/detect/table-places.ts';
import { jsonText } from './json-text.ts';

export const KEY = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');

export const BOUNDS: IndexBounds = {
  depthMax: 1_000,
  valuesMax: 1_000_000,
  candidatesMax: 1_000_000,
};

const CONVERSATIONS = new URL('../fixtures/conversations/', import.meta.url);

/** The files of the handwritten conversations, as bytes. */
export const CONVERSATION_FILES: readonly Buffer[] = readdirSync(CONVERSATIONS)
  .filter((name) => name.endsWith('.json'))
  .map((name) => readFileSync(new URL(name, CONVERSATIONS)));

/** A program with a trigger of each kind, over few characters, so that random text has many. */
export const SMALL_PROGRAM: ScanProgram = {
  ...detectorProgram([]),
  keywords: [
    { text: 'a' },
    { text: 'ab' },
    { text: 'bab' },
    { text: 'abba' },
    { text: 'ab', before: WORD_START },
    { text: 'ba', before: PART_START, after: 4 },
    { text: 'aé', before: 4 | PART_START, after: 8 },
    { text: '1b', before: 0, isHeading: true },
    { text: 'abbaab', after: 0, isHeading: true },
    { text: 'éa' },
    { text: 'жa1' },
    { text: '日本' },
    { text: '😀a' },
    { text: 'a\u0000' },
    { text: ' a' },
  ],
  chars: [{ char: '@' }, { char: ':', before: 4, after: 8 }, { char: '%' }],
  neighbours: neighbours(),
  digitsMin: 2,
  loneDigitsMin: 4,
  places: PLACES,
  runLengths: new Uint8Array(2 * REACH).fill(1, 3, 6),
  base64Min: 8,
};

/** Sets of some characters. */
function neighbours(): Uint32Array {
  const sets = Uint32Array.from({ length: BESIDE_CODES }, (_, code) =>
    /[a-z]/i.test(String.fromCharCode(code)) ? 0 : PART_START | WORD_START,
  );
  for (const [bit, chars] of [
    [4, 'a1\0'],
    [8, 'b1é'],
  ] as const) {
    for (const char of chars) {
      const code = Math.min(char.charCodeAt(0), CODE_FOREIGN);
      sets[code] = (sets[code] ?? 0) | bit;
    }
  }
  return sets;
}

const letters = Array.from(
  'aAbBn11  .-/:@%\\"éÉжЖß日本😀\u0000\n\t–０\u00ad\u{1d7d8}\ud835\ud800\udc00_+=zZ,,;|│\')]',
);

const fragment = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...letters) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'abba',
      'aé',
      'x%41',
      '\\u0041',
      '12 34',
      '4111-1111',
      'ab1ab1ab1+',
      '\\n',
      'ab,',
      ' ,12,',
      '\n',
      'b 1 a b ',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 3 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom('a', '1', 'b1', 'é', 'ab ', '1-', '"', '/a'),
        fc.integer({ min: 1, max: 200 }),
      )
      .map(([part, count]) => part.repeat(count)),
  },
);

/** A text with many triggers, now and then longer than what the kernel decodes at once. */
export const manyTriggers: fc.Arbitrary<string> = fc.oneof(
  { weight: 9, arbitrary: fc.array(fragment, { maxLength: 40 }).map((parts) => parts.join('')) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.array(fragment, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 100, max: 600 }),
      )
      .map(([parts, count]) => parts.join('').repeat(count).slice(0, 30_000)),
  },
);

/** Its JSON literal, in which some characters are escapes that no serializer writes. */
export const literal: fc.Arbitrary<string> = fc
  .tuple(manyTriggers, fc.integer({ min: 0, max: 5 }))
  .map(([text, period]) => {
    const units = text.split('').map((unit, index) => {
      const code = unit.charCodeAt(0);
      const isEscaped = period > 0 && (index * 7 + code) % (period * 5) === 0;
      return isEscaped
        ? `\\u${code.toString(16).padStart(4, '0')}`
        : JSON.stringify(unit).slice(1, -1);
    });
    return `"${units.join('').replaceAll(/\\ud83d\\ude00/g, '😀')}"`;
  });

/** A JSON body. */
export const body: fc.Arbitrary<Uint8Array> = fc
  .oneof(
    jsonText,
    literal,
    fc.array(literal, { maxLength: 6 }).map((literals) => `[${literals.join(' ,\n')}]`),
    fc
      .array(fc.tuple(literal, fc.oneof(literal, jsonText)), { maxLength: 5 })
      .map((pairs) => `{${pairs.map(([key, value]) => `${key}: ${value}`).join(',')}}`),
  )
  .map((text) => Buffer.from(text));

/** A body with bytes that were changed, so that it is seldom JSON or UTF-8. */
export const brokenBody: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    body,
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.nat(3),
        fc.oneof(
          fc.uint8Array({ maxLength: 4 }),
          fc.constantFrom(
            ...[
              '"',
              '\\',
              '\\u12',
              '\\ud83d\\u',
              ',',
              ']',
              '}',
              '{',
              '[',
              ':',
              '0',
              '-',
              'e',
              '.',
              'tru',
              '\u0001',
            ].map((text) => Buffer.from(text)),
            ...[
              [0xc0, 0x80],
              [0xe0, 0x80, 0x80],
              [0xed, 0xa0, 0x80],
              [0xf0, 0x9f, 0x98],
              [0xf4, 0x90, 0x80, 0x80],
              [0xff],
              [0xe2, 0x82],
            ].map((bytes) => Buffer.from(bytes)),
          ),
        ),
      ),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([bytes, changes]) => {
    let changed = Buffer.from(bytes);
    for (const [place, cut, inserted] of changes) {
      const at = place % (changed.length + 1);
      changed = Buffer.concat([changed.subarray(0, at), inserted, changed.subarray(at + cut)]);
    }
    return changed;
  });

/** Runs all steps of a scan. */
export function indexOf(
  scanner: BodyScanner,
  bytes: Uint8Array | string,
  bounds: Partial<IndexBounds> = {},
): BodyIndex {
  const steps = scanner.steps(Buffer.from(bytes), { ...BOUNDS, ...bounds });
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** What a scan returns or throws, to compare. */
export function outcomeOf(
  scanner: BodyScanner,
  bytes: Uint8Array | string,
  bounds: Partial<IndexBounds> = {},
): unknown {
  try {
    const { nodes, strings, candidates } = indexOf(scanner, bytes, bounds);
    return { nodes: nodes.join(), strings: strings.join(), candidates: candidates.join() };
  } catch (error) {
    if (error instanceof Error) return { name: error.name, message: error.message };
    throw error;
  }
}
