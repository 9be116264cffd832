// Formats that only look like personal numbers: UUIDs, hashes, API ids and placeholders. One number in ten
// has a valid check digit by chance. A placeholder also suppresses secrets, or it would be replaced twice.

import { placeholderPattern } from '../placeholders.ts';
import { BASE64, NAME, runEnd, runStart } from './char-kinds.ts';

/** Characters inspected around a finding: the longest format is a SHA-512 in hex. */
const REACH = 140;

/** Tokens of letters, digits, `-` and `_`. */
const NAME_FORMATS: readonly RegExp[] = [
  /(?<![0-9a-z])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-z])/gi,
  /(?<![0-9a-z])(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})(?![0-9a-z])/gi,
  /(?<![0-9a-z])(?:(?:srv|mcp)?toolu|msg|msgbatch|req|file|container|call|chatcmpl|resp|run)[-_][0-9a-z]{10,64}(?![0-9a-z])/gi,
];

/** Subresource Integrity in lock files (https://www.w3.org/TR/SRI/). */
const INTEGRITY = /(?<![0-9a-z])sha(?:1|256|384|512)-[0-9a-z+/]{27,88}/gi;

/** Whether `[start, end)` is inside a UUID, a hex hash, an API id or an integrity hash. */
export function isInHarmlessFormat(text: string, start: number, end: number): boolean {
  return (
    isOneRun(text, start, end) &&
    (isInside(NAME_FORMATS, NAME, text, start, end) ||
      isInside([INTEGRITY], BASE64, text, start, end))
  );
}

/** Whether `[start, end)` is inside a placeholder. */
export function isInPlaceholder(text: string, start: number, end: number): boolean {
  return isOneRun(text, start, end) && isInside([placeholderPattern()], NAME, text, start, end);
}

/** Rejects most findings early: a range that is not one run is in none of the formats. */
function isOneRun(text: string, start: number, end: number): boolean {
  return end - start <= REACH && runEnd(text, start, BASE64, end) === end;
}

/** Searches the run of `kind` characters around the range. */
function isInside(
  formats: readonly RegExp[],
  kind: number,
  text: string,
  start: number,
  end: number,
): boolean {
  const from = runStart(text, start, kind, Math.max(0, start - REACH));
  const to = runEnd(text, end, kind, Math.min(text.length, end + REACH));
  const run = text.slice(from, to);
  return formats.some((format) => {
    format.lastIndex = 0;
    for (let match = format.exec(run); match; match = format.exec(run)) {
      const at = from + match.index;
      if (at <= start && end <= at + match[0].length) return true;
    }
    return false;
  });
}
