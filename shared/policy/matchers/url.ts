// Finds URLs by host, parsed like a browser: user names, backslashes, escapes and other forms of
// digits and letters do not hide the host. Where parsers differ, every possible host counts.

import * as z from 'zod';
import type { Range } from '../../privacy/detect/detector.ts';
import { compileGlobs, globs } from '../glob.ts';
import type { Evidence } from '../evidence.ts';
import { MatcherError, type MatcherContext, type TextMatcher } from '../matcher.ts';

const LEAD_CHARS = 16;
const URL_LENGTH_MAX = 2_048;
/** Limit for non-ASCII hosts, not counting invisible characters. */
const HOST_LENGTH_MAX = 256;

const schema = z
  .strictObject({
    type: z.literal('url'),
    /** Hosts; `*.example.com` means all subdomains, but not example.com. */
    allow: globs.exactOptional(),
    deny: globs.exactOptional(),
  })
  .refine(({ allow, deny }) => (allow === undefined) !== (deny === undefined), {
    error: 'must have either allow or deny',
  });

export const urlMatcher = { schema, compile };

/**
 * Matches URLs whose host is denied or not allowed.
 * @throws MatcherError if an entry cannot be a host
 */
function compile(
  { allow, deny = [] }: z.output<typeof schema>,
  context: MatcherContext,
): TextMatcher {
  const isAllowed = allow && compileGlobs(hostGlobs(allow, 'allow'));
  const denied = hostGlobs(deny, 'deny');
  const isDenied = compileGlobs(denied);
  return {
    kind: 'text',
    before: LEAD_CHARS,
    after: URL_LENGTH_MAX + LEAD_CHARS,
    evidence: context.evidence(allow ? START_EVIDENCE : evidenceOf(denied)),
    find: (view) =>
      view
        .derived(addresses)
        .filter(({ hosts }) => (isAllowed ? !hosts.every(isAllowed) : hosts.some(isDenied)))
        .map(({ start, end }) => ({ start, end })),
  };
}

/**
 * Start of a URL. A URL inside another also counts: it may be the next link in a list, or a
 * redirect target. Other scripts put no space before a URL.
 */
const START =
  /(?<![a-z0-9])((?:https?|ftp|wss?)(?:(?:[:：]|%3a)[/\\／＼]+|:(?=[\w[])))|(?<![a-z0-9/\\@._%-]|(?:https?|ftp|wss?):)www[.．。｡]/giu;
/** What every start contains; full-width characters are found by their ASCII ones. */
const START_LITERALS = [
  ...['http', 'https', 'ftp', 'ws', 'wss'].flatMap((scheme) => [`${scheme}:`, `${scheme}%3a`]),
  'www.',
  'www。',
];
const START_EVIDENCE: Evidence = { literals: START_LITERALS };
/** A text in which hosts may have other spellings. */
const SPELLED: Evidence = { any: [{ foreign: true }, { literals: ['%'] }] };

/** What a text contains that may have a host of these. */
function evidenceOf(hosts: readonly string[]): Evidence {
  const literals = hosts.map((glob) => longestOf(glob.split(/[*?]+/)));
  // Any text may have an address, which has many spellings.
  if (!literals.every((literal) => /[g-wyz]/i.test(literal))) return START_EVIDENCE;
  return { all: [START_EVIDENCE, { any: [{ literals }, SPELLED] }] };
}

function longestOf(texts: readonly string[]): string {
  return texts.reduce((one, other) => (other.length > one.length ? other : one), '');
}

/** Characters that end a URL. */
const END = /[\s<>"'`|^{}\p{Cc}]/u;
const AUTHORITY_END = /[/\\?#]/;
/** Characters that may follow a host without a space and are not part of it. */
const NO_HOST = /[()[\],;!*$&+=~，；！（）「」『』【】《》〈〉、…]|。(?![a-z0-9])/iu;
const IN_BRACKETS = /^\[[^\]]{0,60}\](?::\d{0,5})?/;
/** Closing punctuation that is not part of the URL. */
const CLOSING = new Set('.,;:!?}*_~，。；：！？）」』】');

interface Address extends Range {
  /** See `hostsOf`. */
  readonly hosts: readonly string[];
}

function addresses(text: string): Address[] {
  const starts = Array.from(text.matchAll(START));
  return starts.map(({ index: start, 1: scheme = '' }, at) => {
    const limit = Math.min(starts[at + 1]?.index ?? text.length, start + URL_LENGTH_MAX);
    const body = upTo(text.slice(start + scheme.length, limit), END);
    const authority = upTo(body, AUTHORITY_END);
    // User info may contain nearly any character.
    const user = authority.slice(0, authority.lastIndexOf('@') + 1);
    const userAndHost = user + hostPart(authority.slice(user.length));
    const rest = userAndHost === authority ? unbracketed(body.slice(userAndHost.length)) : '';
    const address = trimmed(userAndHost + rest);
    const hosts = hostsOf(trimmed(userAndHost));
    return { start, end: start + scheme.length + address.length, hosts };
  });
}

/** A host that all spell the same. */
const PLAIN_HOST = /^(?![^]*xn--)(?:[a-z\d][a-z\d-]{0,60}\.){1,10}[a-z]{1,60}$/i;

/**
 * Returns possible hosts in canonical form: lower case, punycode, no trailing dot. `''` if
 * unparseable.
 */
function hostsOf(authority: string): string[] {
  if (PLAIN_HOST.test(authority)) return [authority.toLowerCase()];
  const parts = [authority, authority.normalize('NFKC')].flatMap((spelling) => {
    const part = upTo(spelling, AUTHORITY_END);
    // Browsers use what follows the last `@`; a Markdown link may have ended before it.
    return [part.slice(part.lastIndexOf('@') + 1), part];
  });
  const hosts = [...new Set(parts)].flatMap((part) => hostIn(part) ?? []);
  return hosts.length > 0 ? hosts : [''];
}

function hostIn(part: string): string | undefined {
  const host = hostPart(part);
  // No hostname is this long, and parsing mixed scripts takes quadratic time.
  if (host.length > HOST_LENGTH_MAX && /\P{ASCII}/u.test(host)) {
    if (host.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '').length > HOST_LENGTH_MAX) return;
  }
  return URL.parse(`http://${host}`)?.hostname.replace(/\.$/, '') || undefined;
}

function hostPart(text: string): string {
  return text.startsWith('[') ? (IN_BRACKETS.exec(text)?.[0] ?? text) : upTo(text, NO_HOST);
}

function upTo(text: string, pattern: RegExp): string {
  const end = text.search(pattern);
  return end < 0 ? text : text.slice(0, end);
}

/** Cuts at a closing bracket that was opened before the URL. */
function unbracketed(text: string): string {
  let open = 0;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index];
    if (char === '(' || char === '[') open += 1;
    if ((char === ')' || char === ']') && --open < 0) return text.slice(0, index);
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
    const message =
      'must be a host, without scheme, port and path; parts of it with a wildcard must be ASCII';
    throw new MatcherError(message, [field, String(index)]);
  });
}

/** Normalizes a glob like a host; undefined if it can match none. */
function hostGlob(glob: string): string | undefined {
  const plain = glob.replaceAll(/[*?]/g, 'x');
  if (/[/\\@#%\s]|^[^[].*:|\]./.test(plain) || hostPart(plain) !== plain) return undefined;
  if (plain === glob) return hostIn(glob);
  const parts = glob.split(/[.．。｡]/).map((part) => {
    if (/[*?]/.test(part)) return /^[!-~]*$/.test(part) ? part : undefined;
    // Append a label, because a number alone would parse as an address.
    const host = hostIn(`${part}.a`);
    return host?.endsWith('.a') ? host.slice(0, -'.a'.length) : undefined;
  });
  return parts.includes(undefined) ? undefined : parts.join('.');
}
