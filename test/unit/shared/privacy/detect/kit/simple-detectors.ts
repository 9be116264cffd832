// One simple detector for each kind of trigger, to test the scanner alone.

import type { Detector, Range, Trigger } from '../../../../../../shared/privacy/detect/detector.ts';

/** Detects what `pattern` matches at the start of a candidate. */
export function detectorOf(
  entity: string,
  trigger: Trigger,
  pattern: RegExp,
  more: Partial<Detector> = {},
): Detector {
  const find = (text: string, start: number): Range | undefined => {
    const at = new RegExp(pattern.source, 'y');
    at.lastIndex = start;
    const match = at.exec(text);
    return match ? { start, end: start + match[0].length } : undefined;
  };
  return { entity, label: entity, tier: 'A', triggers: [trigger], find, ...more };
}

export const key = detectorOf('KEY', { kind: 'word', words: ['tok_'] }, /tok_[a-z0-9]{12}/, {
  secret: true,
});

export const card = detectorOf(
  'CARD',
  { kind: 'digits', digitsMin: 13, digitsMax: 19 },
  /[0-9](?:[ -]?[0-9]){12,18}/,
);

export const ssn = detectorOf(
  'SSN',
  { kind: 'digits', digitsMin: 9, digitsMax: 9 },
  /\d{3}-?\d{2}-?\d{4}/,
  { tier: 'B', context: ['ssn', 'social security'] },
);

export const plate = detectorOf(
  'PLATE',
  { kind: 'run', lengthMin: 7, lengthMax: 8 },
  /[A-Z]{3}\d+/,
);

/** Extends backwards from its candidate, like the e-mail detector. */
export const email: Detector = {
  ...detectorOf('EMAIL', { kind: 'char', chars: '@' }, /@/),
  find(text, at) {
    const local = /[a-z.]{1,20}$/.exec(text.slice(Math.max(0, at - 20), at));
    const host = /^@[a-z]{1,20}\.[a-z]{2,8}/.exec(text.slice(at, at + 40));
    return local && host ? { start: at - local[0].length, end: at + host[0].length } : undefined;
  },
};

export const SIMPLE_DETECTORS: readonly Detector[] = [key, email, card, ssn, plate];
