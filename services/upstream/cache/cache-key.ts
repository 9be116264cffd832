// Which requests are the same: all that could change the answer, byte for byte, and nothing that could
// not. Requests whose answers depend on more than themselves have no key.

import { createHash } from 'node:crypto';
import type { Envelope } from '../../../shared/protocol/messages.ts';
import { pairsOf } from '../../../shared/runtime/raw-headers.ts';
import type { Property, JsonNode, JsonString } from '../../../shared/json/parse.ts';
import { everyProperty, stringAt, textProperty } from '../../../shared/json/edit.ts';
import { limits } from '../../../shared/limits.ts';
import { requestFactsOf } from '../../../shared/policy/request-facts.ts';
import { parseRequest, type ParsedRequest } from '../../../shared/anthropic/parsed-request.ts';
import { countBefore } from '../../../shared/runtime/sorted.ts';

/** Who asks, or how the answer is to be sent, is no part of what is asked. */
const NO_QUESTION = new Set(['metadata', 'stream']);
/** What the upstream holds, or looks up elsewhere, may be another thing the next time. */
const HELD_ELSEWHERE = new Set([
  'container',
  'diagnostics',
  'fallback_credit_token',
  'mcp_servers',
  'thread',
]);
/** Says which build of Claude Code sends the request, and of which conversation. */
const ATTRIBUTION = 'x-anthropic-billing-header:';
const TELLING_HEADERS = new Set(['anthropic-version', 'anthropic-beta']);

export interface KeyFacts {
  readonly meta: Pick<Envelope, 'tenant' | 'method' | 'path' | 'headers'>;
  readonly body: Uint8Array;
  /** Versions of what else decides about an answer: of the policy, and of the scrubber's rules. */
  readonly versions: readonly string[];
}

/** A hash; undefined where the answer must not be given again. */
export function cacheKey({ meta, body, versions }: KeyFacts): string | undefined {
  if (meta.method !== 'POST' || !/^\/v1\/messages(\?|$)/.test(meta.path)) return undefined;
  const read = parseRequest(body, limits);
  const { text, root } = read;
  if (root.kind !== 'object') return undefined;
  const names = root.properties.map(({ key }) => stringAt(text, key));
  if (names.some((name) => HELD_ELSEWHERE.has(name))) return undefined;
  const { tools } = requestFactsOf(read);
  if (
    tools.some(
      ({ name, kind }) => kind === 'server' || (kind === 'mcp' && !name.startsWith('mcp__')),
    )
  ) {
    return undefined;
  }
  const hash = createHash('sha256');
  // Not as one text: most parts are large, and would be copied for it.
  const add = (part: string) => hash.update(`${Buffer.byteLength(part)}:`).update(part);
  for (const part of [meta.tenant, ...versions, ...headerParts(meta.headers)]) add(part);
  const longTexts = longTextsOf(read);
  for (const part of propertyParts(text, root.properties)) {
    if (typeof part === 'string') {
      add(part);
      continue;
    }
    let at = part.start;
    // Other workers have most likely hashed the texts already.
    for (const span of within(longTexts, part)) {
      add(text.slice(at, span.start));
      hash.update('#').update(read.textAt(span).key, 'latin1');
      at = span.end;
    }
    add(text.slice(at, part.end));
  }
  return hash.digest('hex');
}

/** Texts that are worth a hash of their own, as they follow each other in the body. */
function longTextsOf({ textFields }: ParsedRequest): JsonString[] {
  return textFields.texts
    .filter(({ start, end }) => end - start >= limits.scanCacheCharsMin)
    .toSorted((one, other) => one.start - other.start);
}

/** Those of the spans, which are in order, that are part of a value. */
function within(spans: readonly JsonString[], { start, end }: JsonNode): readonly JsonString[] {
  return spans.slice(countBefore(spans, start), countBefore(spans, end));
}

/** In an order of their own, so that it does not matter in which they were written. */
function propertyParts(text: string, properties: readonly Property[]): (string | JsonNode)[] {
  return properties
    .map(({ key, value }) => [stringAt(text, key), value] as const)
    .filter(([name]) => !NO_QUESTION.has(name))
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

/** Whether a block says its text once, and so the one that was looked at. */
function isPlain(text: string, block: JsonNode): boolean {
  return [...everyProperty(block, text, 'text')].length === 1;
}

function headerParts(headers: readonly string[]): string[] {
  return Array.from(pairsOf(headers), ([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => TELLING_HEADERS.has(name))
    .map(([name, value]) => `${name}: ${value}`)
    .toSorted();
}
