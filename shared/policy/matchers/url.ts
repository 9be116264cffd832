// Addresses on the web by their host, read as a browser reads them: whoever hides the host behind user
// names, backslashes, escapes or other forms of digits and messages still names it. Where readers
// differ in what the host is, each of the hosts counts.

import * as z from 'zod';
import type { Range } from '../../privacy/detect/detector.ts';
import { compileGlobs, globs } from '../glob.ts';
import { MatcherError, type TextMatcher } from '../matcher.ts';

const LEAD_UNITS = 16;
const UNITS_MAX = 2_048;
/** Of a host that is not ASCII, what is invisible not counted. */
const HOST_UNITS_MAX = 256;

export const urlSchema = z
  .strictObject({
    type: z.literal('url'),
    /** Hosts; `*.example.com` means all below example.com, and not itself. */
    allow: globs.exactOptional(),
    deny: globs.exactOptional(),
  })
  .refine(({ allow, deny }) => (allow === undefined) !== (deny === undefined), {
    error: 'must have either allow or deny',
  });

/**
 * A match is an address whose host is denied, or is not among those allowed. Throws MatcherFault for
 * what is no host, as an address would be, which could never fit one.
 */
export function compileUrl({ allow, deny = [] }: z.output<typeof urlSchema>): TextMatcher {
  const isAllowed = allow && compileGlobs(hostGlobs(allow, 'allow'));
  const isDenied = compileGlobs(hostGlobs(deny, 'deny'));
  return {
    kind: 'text',
    before: LEAD_UNITS,
    after: UNITS_MAX + LEAD_UNITS,
    find: (view) =>
      view
        .derived(addresses)
        .filter(({ hosts }) => (isAllowed ? !hosts.every(isAllowed) : hosts.some(isDenied)))
        .map(({ start, end }) => ({ start, end })),
  };
}

/**
 * Where an address begins. One inside another counts as well: it may be the next link of a list, or
 * where the first one leads on to. Other scripts put no spaces in front of it.
 */
const START =
  /(?<![a-z0-9])((?:https?|ftp|wss?)(?:(?:[:：]|%3a)[/\\／＼]+|:(?=[\w[])))|(?<![a-z0-9/\\@._%-]|(?:https?|ftp|wss?):)www[.．。｡]/giu;
/** What an address ends before. */
const END = /[\s<>"'`|^{}\p{Cc}]/u;
const AUTHORITY_END = /[/\\?#]/;
/** What follows a host without a space, and is none of it. */
const NO_HOST = /[()[\],;!*$&+=~，；！（）「」『』【】《》〈〉、…]|。(?![a-z0-9])/iu;
const IN_BRACKETS = /^\[[^\]]{0,60}\](?::\d{0,5})?/;
/** Closes a sentence, and is none of the address. */
const CLOSING = new Set('.,;:!?}*_~，。；：！？）」』】');

interface Address extends Range {
  /** See `hostsOf`. */
  readonly hosts: readonly string[];
}

function addresses(text: string): Address[] {
  const starts = Array.from(text.matchAll(START));
  return starts.map(({ index: start, 1: scheme = '' }, at) => {
    const limit = Math.min(starts[at + 1]?.index ?? text.length, start + UNITS_MAX);
    const whole = upTo(text.slice(start + scheme.length, limit), END);
    const between = upTo(whole, AUTHORITY_END);
    // In the name of a user nearly everything may stand.
    const user = between.slice(0, between.lastIndexOf('@') + 1);
    const named = user + hostPart(between.slice(user.length));
    const rest = named === between ? unbracketed(whole.slice(named.length)) : '';
    const address = trimmed(named + rest);
    const hosts = hostsOf(trimmed(named));
    return { start, end: start + scheme.length + address.length, hosts };
  });
}

/** Hosts as they are asked for in the end: small messages, punycode, no dot behind. '' if unreadable. */
function hostsOf(authority: string): string[] {
  const parts = [authority, authority.normalize('NFKC')].flatMap((form) => {
    const own = upTo(form, AUTHORITY_END);
    // A browser asks for what is behind the last sign; a link of Markdown may have ended before.
    return [own.slice(own.lastIndexOf('@') + 1), own];
  });
  const hosts = [...new Set(parts)].flatMap((part) => hostIn(part) ?? []);
  return hosts.length > 0 ? hosts : [''];
}

function hostIn(part: string): string | undefined {
  const host = hostPart(part);
  // No name is as long, and to read one of many scripts takes time that grows with the square.
  if (host.length > HOST_UNITS_MAX && /\P{ASCII}/u.test(host)) {
    if (host.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '').length > HOST_UNITS_MAX) return;
  }
  return URL.parse(`http://${host}`)?.hostname.replace(/\.$/, '') || undefined;
}

function hostPart(text: string): string {
  return text.startsWith('[') ? (IN_BRACKETS.exec(text)?.[0] ?? text) : upTo(text, NO_HOST);
}

function upTo(text: string, what: RegExp): string {
  const end = text.search(what);
  return end < 0 ? text : text.slice(0, end);
}

/** Up to a bracket that closes and was opened in front of the address. */
function unbracketed(text: string): string {
  let open = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text[index];
    if (unit === '(' || unit === '[') open += 1;
    if ((unit === ')' || unit === ']') && --open < 0) return text.slice(0, index);
  }
  return text;
}

function trimmed(text: string): string {
  let end = text.length;
  while (end > 0 && CLOSING.has(text[end - 1] ?? '')) end -= 1;
  return text.slice(0, end);
}

function hostGlobs(list: readonly string[], field: string): string[] {
  return list.map((glob, index) => {
    const host = hostGlob(glob);
    if (host !== undefined) return host;
    const onError =
      'must be a host, without scheme, port and path; parts of it with a wildcard must be ASCII';
    throw new MatcherError(onError, [field, String(index)]);
  });
}

/** A glob in the form that hosts have; undefined if it could fit none. */
function hostGlob(glob: string): string | undefined {
  const plain = glob.replaceAll(/[*?]/g, 'x');
  if (/[/\\@#%\s]|^[^[].*:|\]./.test(plain) || hostPart(plain) !== plain) return undefined;
  if (plain === glob) return hostIn(glob);
  const parts = glob.split(/[.．。｡]/).map((part) => {
    if (/[*?]/.test(part)) return /^[!-~]*$/.test(part) ? part : undefined;
    // With another part behind it, as a number alone would be an address.
    const host = hostIn(`${part}.a`);
    return host?.endsWith('.a') ? host.slice(0, -'.a'.length) : undefined;
  });
  return parts.includes(undefined) ? undefined : parts.join('.');
}
