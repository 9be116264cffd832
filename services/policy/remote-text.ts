// What webhooks and LLM judges see of a text that the upstream uses and nobody reads, such as the URL of an
// image: the scrubber leaves it as it is, so its secrets are masked here.

import type { Range } from '../../shared/privacy/detect/detector.ts';

const MASK = '[REDACTED]';
/** Backslashes count as slashes, as in browsers. */
const URL_START = /^\s*(?:[a-z][a-z\d+.-]*:|(?=[/\\]{2}))[/\\]*/i;
const AUTHORITY = /[^/\\?#]*/y;
const PATH = /[^?#]*/y;
const SEGMENT = /[^/\\]+/g;
/** Tokens and parameters in a path. */
const SECRET_SEGMENT = /^(?=.*\d).{20,}|[=;@,]|%(?:3[bd]|40|2c)/is;
const PARAMETER = /[^&]+/g;

/** @param findings personal data and secrets in the text */
export function remoteText(text: string, findings: readonly Range[]): string {
  const ranges = [...findings, ...urlSecrets(text)].toSorted(
    (one, other) => one.start - other.start,
  );
  let masked = '';
  let at = 0;
  for (const { start, end } of ranges) {
    if (start >= at) masked += text.slice(at, start) + MASK;
    at = Math.max(at, end);
  }
  return masked + text.slice(at);
}

/** The user, long and telling parts of the path, the values of the query, and the fragment. */
function urlSecrets(text: string): Range[] {
  const start = URL_START.exec(text)?.[0].length;
  if (start === undefined) return [];
  const authority = matchAt(AUTHORITY, text, start);
  const path = matchAt(PATH, text, start + authority.length);
  const pathStart = start + authority.length;
  const queryStart = pathStart + path.length + 1;
  const query = text.slice(queryStart);
  const user = authority.lastIndexOf('@');
  const segments = Array.from(path.matchAll(SEGMENT), ({ 0: segment, index }) => ({
    isSecret: SECRET_SEGMENT.test(segment),
    start: pathStart + index,
    end: pathStart + index + segment.length,
  }));
  const values = Array.from(query.matchAll(PARAMETER), ({ 0: parameter, index }) => ({
    start: queryStart + index + parameter.indexOf('=') + 1,
    end: queryStart + index + parameter.length,
  }));
  return [
    ...(user < 0 ? [] : [{ start, end: start + user }]),
    ...segments.filter(({ isSecret }) => isSecret),
    ...values.filter((value) => value.end > value.start),
  ];
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}
