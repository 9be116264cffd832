// Hashes everything in a request that can affect its response, byte for byte. Requests whose response
// depends on anything else are not cached.

import { createHash } from 'node:crypto';
import type { Envelope } from '../../../shared/protocol/messages.ts';
import { pairsOf } from '../../../shared/runtime/raw-headers.ts';
import type { Property, JsonNode, TextNode } from '../../../shared/json/parse.ts';
import { everyProperty, stringAt, textProperty } from '../../../shared/json/edit.ts';
import { foldedKey } from '../../../shared/json/values.ts';
import type { JsonLimits } from '../../../shared/limits.ts';
import { declarationsOf } from '../../../shared/anthropic/declared-tools.ts';
import type { ParsedRequest } from '../../../shared/anthropic/parsed-request.ts';
import type { RequestBody } from '../../../shared/protocol/body.ts';
import { countBefore } from '../../../shared/runtime/sorted.ts';
import { hasExternalSource } from './external-sources.ts';

/** Fields that do not affect the content of the response. */
const IGNORED_FIELDS = new Set(['metadata', 'stream']);
/** Fields that refer to state outside the request, which may change between requests. */
const EXTERNAL_STATE_FIELDS = new Set([
  'container',
  'diagnostics',
  'fallback_credit_token',
  'mcp_servers',
  'thread',
]);
/** Claude Code puts its build and conversation into a system block with this prefix. */
const ATTRIBUTION = 'x-anthropic-billing-header:';
/** Texts of which the scanner caches findings: their hashes are usually known. */
const LONG_TEXT_CHARS = 256;
/** Such as those of the version, betas, the workspace and the user profile. */
const KEY_HEADER = /^anthropic-/;

export interface CacheKeyInput {
  readonly meta: Pick<Envelope, 'tenant' | 'method' | 'path' | 'headers'>;
  readonly body: RequestBody;
  /** Versions of the policy and the scrubber's rules. */
  readonly versions: readonly string[];
  readonly limits: JsonLimits;
}

/** @returns a hash, or `undefined` if the response must not be cached */
export function cacheKey({ meta, body, versions, limits }: CacheKeyInput): string | undefined {
  if (meta.method !== 'POST' || !/^\/v1\/messages(\?|$)/.test(meta.path)) return undefined;
  const parsed = body.parse(limits);
  const { text, root } = parsed;
  if (root.kind !== 'object') return undefined;
  const names = root.properties.map(({ key }) => foldedKey(stringAt(text, key)));
  if (names.some((name) => EXTERNAL_STATE_FIELDS.has(name))) return undefined;
  if (declarationsOf(parsed).tools.some(({ isRemote }) => isRemote)) return undefined;
  if (hasExternalSource(parsed)) return undefined;
  const hash = createHash('sha256');
  // Hash the parts one by one, because joining large parts would copy them.
  const add = (part: string) => hash.update(`${Buffer.byteLength(part)}:`).update(part);
  for (const part of [meta.tenant, meta.path, ...versions, ...headerParts(meta.headers)]) add(part);
  const longTexts = longTextsOf(parsed);
  for (const part of propertyParts(text, root.properties)) {
    if (typeof part === 'string') {
      add(part);
      continue;
    }
    let at = part.start;
    // The key of a text value depends on the process.
    for (const node of within(longTexts, part)) {
      add(text.slice(at, node.start));
      const literal = text.slice(node.start, node.end);
      hash.update('#').update(createHash('sha256').update(literal).digest());
      at = node.end;
    }
    add(text.slice(at, part.end));
  }
  return hash.digest('hex');
}

/** Texts long enough to be hashed separately, in body order. */
function longTextsOf({ textFields }: ParsedRequest): TextNode[] {
  return textFields.texts
    .filter(({ start, end }) => end - start >= LONG_TEXT_CHARS)
    .toSorted((one, other) => one.start - other.start);
}

/** The texts inside a node; `texts` are in body order. */
function within(texts: readonly TextNode[], { start, end }: JsonNode): readonly TextNode[] {
  return texts.slice(countBefore(texts, start), countBefore(texts, end));
}

/** Sorted by name, so the order in the body does not matter. */
function propertyParts(text: string, entries: readonly Property[]): (string | JsonNode)[] {
  return entries
    .map(({ key, value }) => [stringAt(text, key), value] as const)
    .filter(([name]) => !IGNORED_FIELDS.has(name))
    .toSorted(([one], [other]) => (one < other ? -1 : Number(one > other)))
    .flatMap(([name, value]) => [
      name,
      ...(name === 'system' ? systemParts(text, value) : [value]),
    ]);
}

function systemParts(text: string, system: JsonNode): readonly JsonNode[] {
  if (system.kind !== 'array') return [system];
  const [first] = system.items;
  const isAttribution =
    first && textProperty(first, text, 'text')?.startsWith(ATTRIBUTION) === true;
  return isAttribution && isPlain(text, first) ? system.items.slice(1) : system.items;
}

/** Whether a block has a single `text`, which is the one that was checked. */
function isPlain(text: string, block: JsonNode): boolean {
  return [...everyProperty(block, text, 'text')].length === 1;
}

function headerParts(headers: readonly string[]): string[] {
  return Array.from(pairsOf(headers), ([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => KEY_HEADER.test(name))
    .map(([name, value]) => `${name}: ${value}`)
    .toSorted();
}
