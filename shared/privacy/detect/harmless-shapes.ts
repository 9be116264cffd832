// Names of things that only look like numbers of people: UUIDs, hashes, ids that APIs give out, and
// our own placeholders. What is found inside one of them is chance: one number in ten has a right
// check digit. A placeholder is harmless even to secrets, or it would be replaced a second time.

import { tokenPattern } from '../placeholders.ts';
import { BASE64, NAME, runEnd, runStart } from './unit-kinds.ts';

/** Units around a finding that are looked at: the longest shape is a SHA-512 in hex. */
const REACH = 140;

/** Within a token of letters, digits, `-` and `_`. */
const NAME_SHAPES: readonly RegExp[] = [
  /(?<![0-9a-z])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-z])/gi,
  /(?<![0-9a-z])(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})(?![0-9a-z])/gi,
  /(?<![0-9a-z])(?:(?:srv|mcp)?toolu|msg|msgbatch|req|file|container|call|chatcmpl|resp|run)[-_][0-9a-z]{10,64}(?![0-9a-z])/gi,
];

/** Subresource Integrity, as in lock files (https://www.w3.org/TR/SRI/). */
const INTEGRITY = /(?<![0-9a-z])sha(?:1|256|384|512)-[0-9a-z+/]{27,88}/gi;

/** Whether `[start, end)` lies inside a UUID, a hash in hex, an API's id or an integrity hash. */
export function isInHarmlessShape(text: string, start: number, end: number): boolean {
  return (
    isOneRun(text, start, end) &&
    (isInside(NAME_SHAPES, NAME, text, start, end) ||
      isInside([INTEGRITY], BASE64, text, start, end))
  );
}

/** Whether `[start, end)` lies inside a placeholder. */
export function isInPlaceholder(text: string, start: number, end: number): boolean {
  return isOneRun(text, start, end) && isInside([tokenPattern()], NAME, text, start, end);
}

/** A finding with anything between its tokens is in none of the shapes; most are told so here. */
function isOneRun(text: string, start: number, end: number): boolean {
  return end - start <= REACH && runEnd(text, start, BASE64, end) === end;
}

/** Looks for the shapes in the run of units of `kind` around the range. */
function isInside(
  shapes: readonly RegExp[],
  kind: number,
  text: string,
  start: number,
  end: number,
): boolean {
  const from = runStart(text, start, kind, Math.max(0, start - REACH));
  const to = runEnd(text, end, kind, Math.min(text.length, end + REACH));
  const run = text.slice(from, to);
  return shapes.some((shape) => {
    shape.lastIndex = 0;
    for (let match = shape.exec(run); match; match = shape.exec(run)) {
      const at = from + match.index;
      if (at <= start && end <= at + match[0].length) return true;
    }
    return false;
  });
}
