// Recognizes ids, enumerations and base64 media. Any other value of such a field is text.

import { stringAt, stringSteps } from '../json/edit.ts';
import type { JsonNode } from '../json/parse.ts';

/** Ids and enumerations of any service; a long number may be personal. */
const PROTOCOL_FORM = /^(?!\d{9,}$)[\w.:/+=#$~-]*$/;
/** Enumerations, dated types, times to live and ids of Anthropic. */
const HARMLESS_FORM =
  /^(?:[a-z_-]*|[a-z_]+_\d{8}|\d{1,3}[mhd]|(?:toolu|srvtoolu|mcptoolu|msg|req|file|container)_[A-Za-z\d]+)$/;
const NOT_BASE64 = /[^\w+/-]/;
const NOT_BASE64_NOR_SPACE = /[^\w+/\s-]/;
const PADDING = /^={1,2}$/;
const SPACED_PADDING = /^(?:=\s*){1,2}$/;
const MEDIA_TYPE = /^[\w.+-]+\/[\w.+-]+$/;

/** Base64 images are rarely shorter; card numbers, accounts and keys are. */
export const MEDIA_LENGTH_MIN = 100;

/** Longer values are text: no service has such ids. */
const FORM_LENGTH_MAX = 16_384;

/** Whether a string looks like an id or an enumeration; it may still be a value. */
export function isProtocolForm(text: string, node: JsonNode): boolean {
  return node.kind === 'string' && isShort(node) && PROTOCOL_FORM.test(stringAt(text, node));
}

function isShort({ start, end }: JsonNode): boolean {
  return end - start <= FORM_LENGTH_MAX;
}

/** Whether a value of the protocol holds no personal data. */
export function isHarmless(text: string, node: JsonNode): boolean {
  if (node.kind !== 'string') return node.kind === 'number';
  return isShort(node) && HARMLESS_FORM.test(stringAt(text, node));
}

export function isMediaType(word: string | undefined): boolean {
  return word !== undefined && MEDIA_TYPE.test(word);
}

/** Characters tested between two yields: well below a millisecond. */
const STEP_CHARS = 65_536;

/** Whether a string holds base64 alone, with line breaks or URL-safe characters if any; in steps. */
export function* base64Steps(text: string, node: JsonNode): Generator<void, boolean> {
  if (node.kind !== 'string') return false;
  const literal = text.slice(node.start, node.end);
  const value = yield* stringSteps(literal);
  // Without an escape there is no line break.
  const isEscaped = value.length < literal.length - 2;
  const other = isEscaped ? NOT_BASE64_NOR_SPACE : NOT_BASE64;
  for (let at = 0; at < value.length; at += STEP_CHARS) {
    const found = value.slice(at, at + STEP_CHARS).search(other);
    if (found !== -1) {
      const rest = value.slice(at + found);
      return rest.length <= STEP_CHARS && (isEscaped ? SPACED_PADDING : PADDING).test(rest);
    }
    if (at + STEP_CHARS < value.length) yield;
  }
  return true;
}
