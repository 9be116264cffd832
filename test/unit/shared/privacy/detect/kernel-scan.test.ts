import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DETECTORS } from '../../../../../shared/privacy/detect/detectors.ts';
import { detectorProgram } from '../../../../../shared/privacy/detect/detector-program.ts';
import type { Finding } from '../../../../../shared/privacy/detect/detector.ts';
import { createScanner, type Scanner } from '../../../../../shared/privacy/detect/scan.ts';
import { candidatesOf } from '../../../../../shared/scan/body-index.ts';
import { createKernel } from '../../../../../shared/scan/kernel.ts';
import { corpus } from '../../../../bench/privacy/corpus.ts';
import { finish } from '../../../../kit/finish.ts';
import { checkProperty } from '../../../../kit/properties.ts';
import { indexOf, KEY, manyTriggers } from '../../../../kit/scan-bodies.ts';

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

  it('finds with the candidates of a body what it finds by itself', () => {
    checkProperty(
      fc.property(fc.array(mixedText, { minLength: 1, maxLength: 4 }), (texts) => {
        const index = indexOf(kernel, JSON.stringify(texts));
        for (const [string, text] of texts.entries()) {
          const steps = driven.slices(text, candidatesOf(index, string));
          expect(listed(finish(steps))).toEqual(found(own, text));
        }
      }),
      { runs: 100 },
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
