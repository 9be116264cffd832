// Recognizes ids, enumerations and base64 media. Any other value of such a field is text.

import { stringAt } from '../json/edit.ts';
import type { JsonNode } from '../json/parse.ts';

/** Ids and enumerations of any service; a long number may be personal. */
const PROTOCOL_FORM = /^(?!\d{9,}$)[\w.:/+=#$~-]*$/;
/** Enumerations, dated types, times to live and ids of Anthropic. */
const HARMLESS_FORM =
  /^(?:[a-z_-]*|[a-z_]+_\d{8}|\d{1,3}[mhd]|(?:toolu|srvtoolu|mcptoolu|msg|req|file|container)_[A-Za-z\d]+)$/;
const BASE64 = /^[\w+/-]*={0,2}$/;
const MEDIA_TYPE = /^[\w.+-]+\/[\w.+-]+$/;

/** Base64 images are rarely shorter; card numbers, accounts and keys are. */
export const MEDIA_LENGTH_MIN = 100;

/** Whether a string looks like an id or an enumeration; it may still be a value. */
export function isProtocolForm(text: string, node: JsonNode): boolean {
  return node.kind === 'string' && PROTOCOL_FORM.test(stringAt(text, node));
}

/** Whether a value of the protocol holds no personal data. */
export function isHarmless(text: string, node: JsonNode): boolean {
  if (node.kind !== 'string') return node.kind === 'number';
  return HARMLESS_FORM.test(stringAt(text, node));
}

export function isMediaType(word: string | undefined): boolean {
  return word !== undefined && MEDIA_TYPE.test(word);
}

/** Whether a string holds base64 alone, with line breaks or URL-safe characters if any. */
export function isBase64(text: string, node: JsonNode): boolean {
  if (node.kind !== 'string') return false;
  const raw = text.slice(node.start + 1, node.end - 1);
  return BASE64.test(raw.includes('\\') ? stringAt(text, node).replace(/\s/g, '') : raw);
}
