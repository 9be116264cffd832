// Searches each name in a reference of a JSON schema, such as `#/$defs/name`, by itself, as in its
// definition, so that both get the same placeholder.

import { rawOffsets } from '../../shared/json/offsets.ts';
import { stringLiteral } from '../../shared/json/edit.ts';
import { TextValue } from '../../shared/json/text-value.ts';
import {
  NO_FINDINGS,
  type Recognized,
  type TextFinder,
  type TextFinding,
} from '../../shared/privacy/text-finder.ts';

const NAME = /[^/#]+/g;

export function* findInReference(
  { literal, value }: TextValue,
  finder: TextFinder,
  recognized: Recognized,
): Generator<void, readonly TextFinding[]> {
  const found: TextFinding[] = [];
  for (const { 0: written, index } of value.matchAll(NAME)) {
    const { name, starts } = decodedName(written);
    const text = new TextValue(stringLiteral(name));
    for (const finding of yield* finder.findSteps(text, undefined, recognized)) {
      const at = index + (starts[finding.at] ?? 0);
      const atEnd = index + (starts[finding.at + finding.value.length] ?? 0);
      const [start = 0, end = 0] = rawOffsets(literal, [at, atEnd]);
      found.push({ ...finding, start, end, at });
    }
  }
  return found.length === 0 ? NO_FINDINGS : found;
}

/** The names in a reference. */
export function* namesIn({ value }: TextValue): Generator<TextValue, void> {
  for (const { 0: written } of value.matchAll(NAME)) {
    yield new TextValue(stringLiteral(decodedName(written).name));
  }
}

/** A name escaped as in a JSON pointer (RFC 6901) in a URI fragment. */
const ESCAPE = /%([0-7][\da-f])|~([01])|[^]/gi;

/** `starts` has the position of each character in `written`, and the end. */
function decodedName(written: string): { name: string; starts: readonly number[] } {
  let name = '';
  const starts: number[] = [];
  for (const { 0: char, 1: code, 2: tilde, index } of written.matchAll(ESCAPE)) {
    starts.push(index);
    if (code !== undefined) name += String.fromCharCode(Number.parseInt(code, 16));
    else if (tilde !== undefined) name += tilde === '0' ? '~' : '/';
    else name += char;
  }
  starts.push(written.length);
  return { name, starts };
}
