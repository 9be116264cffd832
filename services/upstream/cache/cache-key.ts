// Hashes everything in a request that can affect its response, byte for byte. Requests whose response
// depends on anything else are not cached.

import { createHash } from 'node:crypto';
import type { Envelope } from '../../../shared/protocol/messages.ts';
import { pairsOf } from '../../../shared/runtime/raw-headers.ts';
import type { Property, JsonNode } from '../../../shared/json/parse.ts';
import { everyProperty, stringAt, textProperty } from '../../../shared/json/edit.ts';
import { foldedKey } from '../../../shared/json/values.ts';
import type { JsonLimits } from '../../../shared/limits.ts';
import { declarationsOf } from '../../../shared/anthropic/declared-tools.ts';
import type { RequestBody } from '../../../shared/protocol/body.ts';
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
  const parsed = body.parseTree(limits);
  const { text, root } = parsed;
  if (root.kind !== 'object') return undefined;
  const names = root.properties.map(({ key }) => foldedKey(stringAt(text, key)));
  if (names.some((name) => EXTERNAL_STATE_FIELDS.has(name))) return undefined;
  if (declarationsOf(parsed).tools.some(({ isRemote }) => isRemote)) return undefined;
  if (hasExternalSource(parsed)) return undefined;
  const hash = createHash('sha256');
  // Hash the parts one by one, because joining large parts would copy them.
  const add = (part: string | Uint8Array) =>
    hash.update(`${Buffer.byteLength(part)}:`).update(part);
  for (const part of [meta.tenant, meta.path, ...versions, ...headerParts(meta.headers)]) add(part);
  // Of ASCII, the bytes are where the text is.
  const isAscii = body.bytes.byteLength === text.length;
  const contentOf = ({ start, end }: JsonNode) =>
    isAscii ? body.bytes.subarray(start, end) : text.slice(start, end);
  for (const part of propertyParts(text, root.properties)) {
    add(typeof part === 'string' ? part : contentOf(part));
  }
  return hash.digest('hex');
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
