// Runs detectors over a text without the scanner: every trigger is looked for by itself, slowly and
// plainly, so that a detector's test depends on nothing but the detector.

import type { Detector, Range, Trigger } from '../../shared/detect/detector.ts';

export interface Found extends Range {
  readonly entity: string;
  readonly value: string;
}

const CONTEXT_BEFORE = 64;
const CONTEXT_AFTER = 32;

/** All findings, by start and longest first; those that overlap are all there. */
export function findAll(detectors: readonly Detector[], text: string): Found[] {
  return detectors
    .flatMap((detector) =>
      [...candidates(detector, text)].flatMap(([start, end]) => {
        const range = detector.find(text, start, end);
        if (!range || !hasContext(detector, text, range)) return [];
        const { start: from, end: to } = range;
        return [{ start: from, end: to, entity: detector.entity, value: text.slice(from, to) }];
      }),
    )
    .toSorted((a, b) => a.start - b.start || b.end - a.end);
}

/** The different values found. */
export function valuesIn(detectors: readonly Detector[], text: string): string[] {
  return [...new Set(findAll(detectors, text).map(({ value }) => value))];
}

function* candidates(detector: Detector, text: string): Generator<[start: number, end: number]> {
  for (const trigger of detector.triggers) {
    for (const match of text.matchAll(pattern(trigger))) {
      yield [match.index, match.index + match[0].length];
    }
  }
}

function pattern(trigger: Trigger): RegExp {
  switch (trigger.kind) {
    case 'char':
      return new RegExp(`[${quote(trigger.chars)}]`, 'g');
    case 'word':
      return new RegExp(trigger.words.map(quote).join('|'), 'gi');
    case 'digits':
      return new RegExp(
        `(?<!\\d)\\d(?:[ ./-]?\\d){${trigger.digitsMin - 1},${trigger.digitsMax - 1}}(?![ ./-]?\\d)`,
        'g',
      );
    case 'run':
      return new RegExp(
        `(?<![A-Za-z0-9])(?=[a-zA-Z]*\\d)(?=\\d*[a-zA-Z])[A-Za-z0-9]{${trigger.lengthMin},${trigger.lengthMax}}(?![A-Za-z0-9])`,
        'g',
      );
  }
}

function quote(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function hasContext({ context }: Detector, text: string, { start, end }: Range): boolean {
  if (!context) return true;
  const near =
    text.slice(Math.max(0, start - CONTEXT_BEFORE), start) +
    ' ' +
    text.slice(end, end + CONTEXT_AFTER);
  const words = near
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return context.some((word) => words.includes(word));
}
