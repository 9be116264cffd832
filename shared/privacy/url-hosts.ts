// Hosts of URLs. A value may be restored in a URL only for hosts that the request vouches for: those that
// its user or system prompt names, and those whose URL held the same value in the request.

import { domainToASCII } from 'node:url';
import { hostNames } from './host-names.ts';

/** What a request vouches for; bounded, and what exceeds the bounds is not restored. */
export interface UrlHosts {
  /** Hosts named by the user or the system prompt. */
  readonly named: readonly string[];
  /** `placeholder host` of the values that the request's own URLs hold. */
  readonly holding: readonly string[];
}

/** More than a conversation names, and at most a few 100 KB in the vault. */
export const URL_HOSTS_MAX = 2_000;

/** Limit of the domain name system. */
const HOST_LENGTH_MAX = 253;

const HOST = /^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/;
const IPV6 = /^\[[\da-f:.]{2,45}\]$/;

/** A host as browsers compare it: ASCII, lower-case, without port and trailing dot; `undefined` if invalid. */
export function normalizedHost(text: string): string | undefined {
  if (isPlain(text)) return withoutWww(text.toLowerCase());
  const bare = text.replace(/:\d{0,5}$/, '').replace(/\.$/, '');
  if (bare === '' || bare.length > HOST_LENGTH_MAX || bare.includes('%')) return undefined;
  if (bare.startsWith('[')) return IPV6.test(bare.toLowerCase()) ? bare.toLowerCase() : undefined;
  const host = domainToASCII(bare).replace(/\.$/, '');
  return HOST.test(host) ? withoutWww(host) : undefined;
}

/** Short names in ASCII that are neither numbers nor encoded (`xn--`), so that only the case may change. */
const PLAIN = /^(?:[a-z\d](?:[a-z\d-]{0,40}[a-z\d])?\.){0,4}[a-z](?:[a-z\d-]{0,40}[a-z\d])?$/i;

function isPlain(name: string): boolean {
  return PLAIN.test(name) && !name.includes('--');
}

function withoutWww(host: string): string {
  return host.startsWith('www.') && host.includes('.', 4) ? host.slice(4) : host;
}

/** Whether a normalized host is this machine, which no attacker listens on. */
export function isLoopback(host: string): boolean {
  return /^(?:(?:.*\.)?localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0|\[::1\])$/.test(host);
}

/** Characters searched between two steps: about a millisecond. */
const STEP_CHARS = 8_192;
/** More than a match has. */
const MATCH_CHARS_MAX = 1_024;
/** A match depends on the characters before it. */
const BEFORE_CHARS = 2;

/** Adds the hosts that a text names, in steps. */
export function* addNamedHosts(text: string, named: Set<string>): Generator<void, void> {
  for (let from = 0; from < text.length && named.size < URL_HOSTS_MAX; from += STEP_CHARS) {
    const start = Math.max(0, from - BEFORE_CHARS);
    const part = text.slice(start, from + STEP_CHARS + MATCH_CHARS_MAX);
    for (const { name, index } of hostNames(part)) {
      // Other steps read what begins before or after this one.
      if (start + index < from) continue;
      if (start + index >= from + STEP_CHARS || named.size === URL_HOSTS_MAX) break;
      if (named.has(name)) continue;
      const host = normalizedHost(name.slice(name.lastIndexOf('@') + 1));
      if (host !== undefined) named.add(host);
    }
    yield;
  }
}

/** Reach of a URL around a value. */
const URL_CHARS_MAX = 1_024;
/** Fewer characters than URLs may have, so that what stands beside a URL never counts as a part of it. */
const URL_CHAR = /[\w\-.~%/?#&=+:@!$*]/;

/** The host of the URL that holds the value at `[start, end)`; `undefined` outside of URLs. */
export function hostAround(text: string, start: number, end: number): string | undefined {
  let from = start;
  const first = Math.max(0, start - URL_CHARS_MAX);
  while (from > first && URL_CHAR.test(text[from - 1] ?? '')) from -= 1;
  const before = text.slice(from, start);
  const slashes = before.indexOf('://');
  if (slashes < 0) return undefined;
  const inside = before.slice(slashes + '://'.length);
  const authorityEnd = inside.search(/[/?#]/);
  if (authorityEnd >= 0) return hostOf(inside.slice(0, authorityEnd));
  let to = end;
  while (to < Math.min(text.length, end + URL_CHARS_MAX) && /[\w\-.~%+:@]/.test(text[to] ?? ''))
    to += 1;
  const after = text.slice(end, to);
  // The host itself is the value, or contains it.
  return after.includes('@') ? hostOf(after) : undefined;
}

function hostOf(authority: string): string | undefined {
  return normalizedHost(authority.slice(authority.lastIndexOf('@') + 1));
}
