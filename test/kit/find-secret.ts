// Runs detectors with the scanner and with a naive search, and requires the same result, so a
// detector's test does not depend on a bug in either.

import { isDeepStrictEqual } from 'node:util';
import type { Detector, Finding, Range, Trigger } from '../../shared/privacy/detect/detector.ts';
import { resolveOverlaps } from '../../shared/privacy/detect/overlaps.ts';
import { createScanner, type Scanner } from '../../shared/privacy/detect/scan.ts';

const CONTEXT_BEFORE = 64;
const CONTEXT_AFTER = 32;

const scanners = new WeakMap<readonly Detector[], Scanner>();

/** Returns findings as `ENTITY value`, in text order. */
export function secretsIn(detectors: readonly Detector[], text: string): string[] {
  const scanner = scanners.get(detectors) ?? createScanner(detectors);
  scanners.set(detectors, scanner);
  const show = ({ start, end, detector }: Finding): string =>
    `${detector.entity} ${text.slice(start, end)}`;
  const scanned = scanner.scan(text).map(show);
  const plain = findPlainly(detectors, text).map(show);
  if (isDeepStrictEqual(scanned, plain)) return scanned;
  throw new Error(`the scanner found ${scanned.join(', ')} and the triggers ${plain.join(', ')}`);
}

function findPlainly(detectors: readonly Detector[], text: string): Finding[] {
  const findings = detectors.flatMap((detector) =>
    [...candidates(detector, text)].flatMap(([start, end]) => {
      const range = detector.find(text, start, end);
      return range && hasContext(detector, text, range) ? [{ ...range, detector }] : [];
    }),
  );
  return resolveOverlaps(findings, ({ detector }) => detectors.indexOf(detector));
}

function* candidates(detector: Detector, text: string): Generator<[start: number, end: number]> {
  for (const trigger of detector.triggers) {
    for (const pattern of patterns(trigger)) {
      for (const match of text.matchAll(pattern)) {
        yield [match.index, match.index + (match.groups?.['at'] ?? '').length];
      }
    }
  }
}

/** One pattern per keyword, because keywords may overlap. */
function patterns(trigger: Trigger): RegExp[] {
  switch (trigger.kind) {
    case 'char':
      return [new RegExp(`(?<at>[${quote(trigger.chars)}])`, 'g')];
    case 'word':
      return trigger.words.map((word) => new RegExp(`(?=(?<at>${quote(word)}))`, 'gi'));
    case 'digits':
      throw new Error('no detector of secrets looks for digits');
    case 'run': {
      const { lengthMin, lengthMax } = trigger;
      const run = `(?=[a-zA-Z]*\\d)(?=\\d*[a-zA-Z])[A-Za-z0-9]{${lengthMin},${lengthMax}}`;
      return [new RegExp(`(?<![A-Za-z0-9])(?<at>${run})(?![A-Za-z0-9])`, 'g')];
    }
  }
}

function quote(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function hasContext({ context }: Detector, text: string, { start, end }: Range): boolean {
  if (!context) return true;
  const before = text.slice(Math.max(0, start - CONTEXT_BEFORE), start);
  const words = `${before} ${text.slice(end, end + CONTEXT_AFTER)}`
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return context.some((word) => words.includes(word));
}
