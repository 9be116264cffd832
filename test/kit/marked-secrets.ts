// Texts in which secrets stand between marks: `DB_PASSWORD=§hunter22§`. A table of them says where a secret
// begins and ends, in every notation, without repeating it.

import { DETECTORS } from '../../shared/privacy/detect/detectors.ts';
import { createScanner } from '../../shared/privacy/detect/scan.ts';
import { fakeKey } from './fake-key.ts';

const MARK = '§';
const scanner = createScanner(DETECTORS.filter(({ tier }) => tier !== 'C'));

interface Report {
  /** Marked values that no finding covers completely. */
  readonly missed: string[];
  /** Findings of secrets that are not marked. */
  readonly wrong: string[];
}

/** Scans a text by default; patterns such as `{b40}` in it become random keys. */
export function scanMarked(marked: string): Report {
  const parts = fakeKey(marked).split(MARK);
  const text = parts.join('');
  let at = 0;
  const secrets = parts.flatMap((part, index) => {
    const range = { start: at, end: at + part.length };
    at = range.end;
    return index % 2 === 1 ? [range] : [];
  });
  const findings = scanner.scan(text);
  return {
    missed: secrets
      .filter((secret) => !findings.some((f) => f.start <= secret.start && f.end >= secret.end))
      .map(({ start, end }) => text.slice(start, end)),
    wrong: findings
      .filter(({ detector }) => detector.secret)
      .filter((f) => !secrets.some((secret) => secret.start < f.end && f.start < secret.end))
      .map(({ start, end }) => text.slice(start, end)),
  };
}
