// The URLs in which values of this request may be restored. A model that follows an injected instruction
// writes values into URLs of a stranger's host, so hosts count only where no stranger writes: in what the
// user and the system prompt say. A host that has a value already may have it back.

import type { ParsedRequest } from '../../shared/anthropic/parsed-request.ts';
import { reminderSegments } from '../../shared/anthropic/reminders.ts';
import type { TextValue } from '../../shared/json/text-value.ts';
import type { Rules } from '../../shared/privacy/rules.ts';
import { addNamedHosts, hostAround, URL_HOSTS_MAX } from '../../shared/privacy/url-hosts.ts';
import type { Facts, FactTable } from '../../shared/runtime/fact-table.ts';
import type { Vault } from '../../shared/privacy/vault.ts';
import type { FoundText } from './find-values.ts';
import type { PlaceholderIssuer } from './placeholder-issuer.ts';

/** Findings handled between two yields: less than a millisecond. */
const SLICE_FINDINGS = 32;

/** What a host in a set takes, beside its characters. */
const HOST_BYTES = 60;

/** The hosts that texts name, which are remembered. */
export class NamedHosts {
  readonly #known: Facts<readonly string[]>;

  constructor(facts: FactTable) {
    this.#known = facts.kind((hosts) =>
      hosts.reduce((bytes, { length }) => bytes + HOST_BYTES + 2 * length, 0),
    );
  }

  *namedIn(text: TextValue, part: 'system' | 'user'): Generator<void, readonly string[]> {
    const key = part === 'user' ? text.key : `${text.key}${part}`;
    const known = this.#known.get(key);
    if (known) return known;
    if (text.isLong) yield* text.decode();
    const { value } = text;
    const named = new Set<string>();
    // Programs fill reminders with the contents of files, which anybody may have written.
    for (const { start, end, isReminder } of part === 'user' ? reminderSegments(value) : [WHOLE]) {
      if (!isReminder) yield* addNamedHosts(value.slice(start, end), named);
    }
    const hosts = named.size === 0 ? NO_HOSTS : [...named];
    this.#known.set(key, hosts);
    return hosts;
  }
}

export function* restorableUrls(
  request: ParsedRequest,
  found: readonly FoundText[],
  issuer: PlaceholderIssuer,
  { restoreInUrls }: Rules,
  hosts: NamedHosts,
): Generator<void, Pick<Vault, 'urls'>> {
  if (issuer.values.size === 0) return {};
  if (restoreInUrls !== 'named_hosts') return { urls: restoreInUrls };
  const named = new Set<string>();
  const { texts, places } = request.textFields;
  for (const [index, node] of texts.entries()) {
    const part = places[index]?.part;
    if (node.kind !== 'string' || (part !== 'system' && part !== 'user')) continue;
    for (const host of yield* hosts.namedIn(request.textAt(node), part)) {
      if (named.size < URL_HOSTS_MAX) named.add(host);
    }
  }
  const holding = new Set<string>();
  let left = SLICE_FINDINGS;
  for (const { node, findings } of found) {
    const text = request.textAt(node);
    const { literal } = text;
    for (const { at, start, value } of findings) {
      left -= 1;
      if (left === 0) {
        left = SLICE_FINDINGS;
        yield;
      }
      // Most texts are not decoded for it.
      if (NOT_IN_URL[literal.charCodeAt(start - 1)] === 1) continue;
      const placeholder = issuer.placeholderFor(value);
      const host = placeholder && hostAround(text.value, at, at + value.length);
      if (host && holding.size < URL_HOSTS_MAX) holding.add(`${placeholder} ${host}`);
    }
  }
  return { urls: { named: [...named], holding: [...holding] } };
}

/** By code, characters that no URL has; no escape ends with one but `\"`, which stands for one of them. */
const NOT_IN_URL = new Uint8Array(0x80);
for (const char of ' "\'(),;<>[]^`{|}') NOT_IN_URL[char.charCodeAt(0)] = 1;

const NO_HOSTS: readonly string[] = Object.freeze([]);
const WHOLE = { start: 0, end: Infinity, isReminder: false };
