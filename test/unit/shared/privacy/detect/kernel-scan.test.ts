import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DETECTORS } from '../../../../../shared/privacy/detect/detectors.ts';
import { detectorProgram } from '../../../../../shared/privacy/detect/detector-program.ts';
import { createScanner, type Scanner } from '../../../../../shared/privacy/detect/scan.ts';
import { createKernel } from '../../../../../shared/scan/kernel.ts';
import { corpus } from '../../../../bench/privacy/corpus.ts';
import { checkProperty } from '../../../../kit/properties.ts';
import { KEY, manyTriggers } from '../../../../kit/scan-bodies.ts';

const kernel = createKernel(detectorProgram(DETECTORS), KEY);
const SCANNERS: [name: string, own: Scanner, driven: Scanner][] = [
  ['all detectors', createScanner(DETECTORS), createScanner(DETECTORS, [], kernel)],
  ...[DETECTORS.filter(({ tier }) => tier !== 'C')].map((usual): [string, Scanner, Scanner] => [
    'those that are on by default',
    createScanner(usual),
    createScanner(usual, [], kernel),
  ]),
];

const FIXTURES = new URL('../../../../fixtures/', import.meta.url);
const fixtures = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.\w+$/.test(name))
  .map((name) => readFileSync(fileURLToPath(new URL(name, FIXTURES)), 'utf8'));
const samples = [...corpus(), ...corpus('unruly')].map(({ text }) => text);

function found(scanner: Scanner, text: string): string[] {
  return scanner.scan(text).map(({ start, end, detector }) => `${start}-${end} ${detector.label}`);
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

describe.each(SCANNERS)('a scanner that the kernel drives, with %s', (_, own, driven) => {
  it('finds in the fixtures what it finds by itself', () => {
    for (const text of fixtures) expect(found(driven, text)).toEqual(found(own, text));
  });

  it('finds in generated texts what it finds by itself', () => {
    checkProperty(
      fc.property(mixedText, (text) => {
        expect(found(driven, text)).toEqual(found(own, text));
      }),
      { runs: 400 },
    );
  });

  it('labels values as it does by itself', () => {
    checkProperty(
      fc.property(fc.oneof(fc.constantFrom(...samples), manyTriggers), (text) => {
        const value = text.slice(0, 60);
        expect(driven.labelOf(value)).toBe(own.labelOf(value));
      }),
      { runs: 100 },
    );
  });
});
