import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DETECTORS } from '../../../../../shared/privacy/detect/detectors.ts';
import { detectorProgram } from '../../../../../shared/privacy/detect/detector-program.ts';
import type { Finding } from '../../../../../shared/privacy/detect/detector.ts';
import { createScanner, type Scanner } from '../../../../../shared/privacy/detect/scan.ts';
import { candidatesOf } from '../../../../../shared/scan/body-index.ts';
import { DELIMITER } from '../../../../../shared/scan/program.ts';
import { createKernel } from '../../../../../shared/scan/kernel.ts';
import { corpus } from '../../../../bench/privacy/corpus.ts';
import { finish } from '../../../../kit/finish.ts';
import { checkProperty } from '../../../../kit/properties.ts';
import { indexOf, KEY, manyTriggers } from '../../../../kit/scan-bodies.ts';

const program = detectorProgram(DETECTORS);
const kernel = createKernel(program, KEY);
/** Tells the scanner of all triggers, whatever is beside them. */
const plainKernel = createKernel(
  {
    ...program,
    keywords: program.keywords.map(({ text }) => ({ text })),
    chars: program.chars.map(({ char }) => ({ char })),
    digitsMin: 1,
    loneDigitsMin: 1,
    runLengths: program.runLengths.map(() => 1),
    places: new Uint8Array(0x10000).fill(DELIMITER),
  },
  KEY,
);
const usual = DETECTORS.filter(({ tier }) => tier !== 'C');
/** With a kernel that tells all triggers, and with one that tells less. */
const SCANNERS: [name: string, plain: Scanner, driven: Scanner][] = [
  [
    'all detectors',
    createScanner(DETECTORS, [], plainKernel),
    createScanner(DETECTORS, [], kernel),
  ],
  [
    'those that are on by default',
    createScanner(usual, [], plainKernel),
    createScanner(usual, [], kernel),
  ],
  [
    'those that are on by default, and a kernel of its own',
    createScanner(usual, [], plainKernel),
    createScanner(usual),
  ],
];

const FIXTURES = new URL('../../../../fixtures/', import.meta.url);
const fixtures = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.\w+$/.test(name))
  .map((name) => readFileSync(fileURLToPath(new URL(name, FIXTURES)), 'utf8'));
const samples = [...corpus(), ...corpus('unruly')].map(({ text }) => text);

function found(scanner: Scanner, text: string): string[] {
  return listed(scanner.scan(text));
}

function listed(findings: readonly Finding[]): string[] {
  return findings.map(({ start, end, detector }) => `${start}-${end} ${detector.label}`);
}

/** Parts of texts of the corpus, one behind another, with a flood here and there. */
const mixedText = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...samples) },
      {
        weight: 4,
        arbitrary: fc
          .tuple(fc.constantFrom(...samples), fc.nat(400), fc.nat(80))
          .map(([text, from, length]) => text.slice(from % text.length).slice(0, length)),
      },
      { weight: 1, arbitrary: manyTriggers.map((text) => text.slice(0, 9_000)) },
      { weight: 1, arbitrary: fc.constantFrom('\n', ' ', '\u200b', '–', '%40', '\\u0040', '０') },
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => parts.join(''));

describe.each(SCANNERS)('a scanner with %s', (_, plain, driven) => {
  it('finds in the fixtures all that is beside a trigger', () => {
    for (const text of fixtures) expect(found(driven, text)).toEqual(found(plain, text));
  });

  it('finds in generated texts all that is beside a trigger', () => {
    checkProperty(
      fc.property(mixedText, (text) => {
        expect(found(driven, text)).toEqual(found(plain, text));
      }),
      { runs: 400 },
    );
  });

  it('labels values the same', () => {
    checkProperty(
      fc.property(fc.oneof(fc.constantFrom(...samples), manyTriggers), (text) => {
        const value = text.slice(0, 60);
        expect(driven.labelOf(value)).toBe(plain.labelOf(value));
      }),
      { runs: 100 },
    );
  });
});

describe.each(SCANNERS.slice(0, 2))('a scanner with %s', (_, plain, driven) => {
  it('finds the same with the candidates of a body', () => {
    checkProperty(
      fc.property(fc.array(mixedText, { minLength: 1, maxLength: 4 }), (texts) => {
        const index = indexOf(kernel, JSON.stringify(texts));
        for (const [string, text] of texts.entries()) {
          const candidates = candidatesOf(index, string);
          const all = found(plain, text);
          expect(listed(finish(driven.slices(text, candidates)))).toEqual(all);
          expect(driven.mayFind(candidates) || all.length === 0).toBe(true);
        }
      }),
      { runs: 100 },
    );
  });
});
