// E-mail addresses, extended from the `@` to both sides, because the usual patterns are quadratic on `a.a.a.`.
// Excludes look-alikes in code instead of listing top-level domains, so that new domains are found.

import { isHarmlessEmail } from '../allow-list.ts';
import {
  BACKSLASH,
  codeAt,
  COLON,
  DOT,
  DOUBLE_QUOTE,
  EQUALS,
  GREATER,
  isBlank,
  isDigit,
  isEscape,
  isHex,
  isLetter,
  LESS,
  MINUS,
  PERCENT,
  PLUS,
  SINGLE_QUOTE,
  SLASH,
} from '../characters.ts';
import type { Detector } from '../detector.ts';

/** RFC 5321 4.5.3.1. */
const LOCAL_LENGTH_MAX = 64;
const DOMAIN_LENGTH_MAX = 253;
const LABEL_LENGTH_MAX = 63;

/** File and systemd unit extensions; none is a top-level domain. */
const NOT_TOP_LEVEL = new Set(
  (
    'png jpg jpeg gif svg webp avif ico bmp css scss less js mjs cjs jsx ts mts cts tsx json jsonc ' +
    'yml yaml toml xml html htm txt csv log lock tgz tar gz bz2 xz exe dll bin pdf ' +
    'service socket timer target mount slice scope path device'
  ).split(' '),
);

/** Keywords of Kotlin that a label follows, and nobody's mailbox. */
const JUMPS = new Set(['return', 'break', 'continue']);

/** Signs in the user and password of a URL. */
const USER_INFO_SIGNS = ':%._~-!$*+';

/** By UTF-16 code unit: 2 for a letter, 1 for anything else, 0 if not yet computed. */
const LETTER_BY_CODE = new Uint8Array(0x10000);

export const email: Detector = {
  entity: 'EMAIL_ADDRESS',
  label: 'EMAIL',
  tier: 'A',
  // `%40` is the `@` of an address inside a URL.
  triggers: [
    { kind: 'char', chars: '@', before: /[\w+-]/, after: /[A-Za-z\d]/ },
    { kind: 'word', words: ['%40'], before: /[\w+-]/, after: /[A-Za-z\d]/ },
  ],
  find(text, at, afterAt) {
    const end = domainEnd(text, afterAt);
    if (end === undefined) return undefined;
    const start = localStart(text, at);
    if (start === undefined || isRemoteAccess(text, start, end)) return undefined;
    if (isKotlinLabel(text, start, at, afterAt) || isMessageId(text, start)) return undefined;
    const address = `${text.slice(start, at)}@${text.slice(afterAt, end)}`;
    return isHarmlessEmail(address) ? undefined : { start, end };
  },
};

/** Returns the start of the local part, or undefined if there is none. */
export function localStart(text: string, at: number): number | undefined {
  let start = at;
  let ascii = false;
  while (at - start <= LOCAL_LENGTH_MAX) {
    const code = codeAt(text, start - 1);
    if (isLetter(code) || isDigit(code)) ascii = true;
    else if (isUnspaced(code) ? ascii : !isLocalSign(code) && !isNonAsciiLetter(code)) break;
    if (code === DOT && codeAt(text, start) === DOT) break;
    start--;
  }
  if (at - start > LOCAL_LENGTH_MAX || codeAt(text, at - 1) === DOT) return undefined;
  const before = codeAt(text, start - 1);
  if (before === PERCENT && isHex(codeAt(text, start))) start += 2;
  if (before === BACKSLASH && isEscape(text, start)) start += 1;
  while (isLeadingSign(codeAt(text, start))) start++;
  return start < at ? start : undefined;
}

/** Returns the end of the last label that can be a top-level domain. */
export function domainEnd(text: string, from: number): number | undefined {
  if (isVersion(text, from)) return undefined;
  let best: number | undefined;
  let bestStart = from;
  let start = from;
  while (start - from < DOMAIN_LENGTH_MAX) {
    const end = labelEnd(text, start);
    if (end === start || end - start > LABEL_LENGTH_MAX) break;
    if (start > from && end - from <= DOMAIN_LENGTH_MAX && isTopLevel(text, start, end)) {
      best = end;
      bestStart = start;
    }
    if (codeAt(text, end) !== DOT) break;
    start = end + 1;
  }
  if (best === undefined || codeAt(text, best) === 40) return undefined;
  return NOT_TOP_LEVEL.has(text.slice(bestStart, best).toLowerCase()) ? undefined : best;
}

/** Returns the end of a label of letters, digits and inner hyphens. */
function labelEnd(text: string, start: number): number {
  let end = start;
  let ascii = false;
  while (end - start <= LABEL_LENGTH_MAX) {
    const code = codeAt(text, end);
    if (isLetter(code) || isDigit(code)) ascii = true;
    else if (isUnspaced(code) ? ascii : code !== MINUS && !isNonAsciiLetter(code)) break;
    end++;
  }
  while (end > start && codeAt(text, end - 1) === MINUS) end--;
  return codeAt(text, start) === MINUS ? start : end;
}

function isTopLevel(text: string, start: number, end: number): boolean {
  if (end - start < 2) return false;
  for (let index = start; index < end; index++) {
    const code = codeAt(text, index);
    if (!isLetter(code) && code < 128) return text.startsWith('xn--', start);
  }
  return true;
}

/** Whether the version of a package follows the `@`: `1.2`, `v1.2`. */
function isVersion(text: string, from: number): boolean {
  let index = codeAt(text, from) === 118 ? from + 1 : from;
  const digits = index;
  while (index - digits < 4 && isDigit(codeAt(text, index))) index++;
  const next = codeAt(text, index);
  return index > digits && next === DOT && isDigit(codeAt(text, index + 1));
}

/**
 * Whether this is a login, not an address: `ssh user@host`, `user@host:/path`,
 * `scheme://user@host`.
 */
function isRemoteAccess(text: string, start: number, end: number): boolean {
  if (text.startsWith('ssh ', start - 4)) return true;
  const next = codeAt(text, end + 1);
  if (codeAt(text, end) === COLON && (next === SLASH || next === 126)) return true;
  for (let index = start - 1; index >= Math.max(2, start - LOCAL_LENGTH_MAX); index--) {
    const code = codeAt(text, index);
    if (code === SLASH) return text.startsWith('://', index - 2);
    if (!isLetter(code) && !isDigit(code) && !USER_INFO_SIGNS.includes(text.charAt(index)))
      return false;
  }
  return false;
}

/** `this@MainActivity.binding`, `return@forEach.also`: a jump or a receiver with its label. */
function isKotlinLabel(text: string, start: number, at: number, afterAt: number): boolean {
  const keyword = text.slice(start, at);
  if (JUMPS.has(keyword)) return true;
  if (keyword !== 'this' && keyword !== 'super') return false;
  // Classes and most functions have a capital letter; domains are written without.
  return /[A-Z]/.test(text.slice(afterAt, labelEnd(text, afterAt)));
}

const MESSAGE_ID =
  /(?:message-id|in-reply-to|references|content-id)["']?[ \t]*[:=][ \t]*["']?(?:<[^<>\s]{1,120}>\s{0,3})*<[^<>\s@]*$/i;

/** `Message-ID: <20240131.123@host.org>` names a message. */
function isMessageId(text: string, start: number): boolean {
  // Only an identifier in angle brackets is one; most addresses follow a blank.
  const limit = Math.max(0, start - LOCAL_LENGTH_MAX);
  let open = start - 1;
  while (open >= limit && isInBrackets(codeAt(text, open))) open--;
  if (open < limit || codeAt(text, open) !== LESS) return false;
  let before = open;
  while (isBlank(codeAt(text, before - 1)) || isQuote(codeAt(text, before - 1))) before--;
  const sign = codeAt(text, before - 1);
  // A field, or another identifier.
  return (
    (sign === COLON || sign === EQUALS || sign === GREATER || sign > 0x7f) &&
    MESSAGE_ID.test(text.slice(Math.max(0, start - MESSAGE_IDS_LENGTH), start))
  );
}

function isInBrackets(code: number): boolean {
  return code !== LESS && code !== GREATER && code !== AT && !isBlank(code);
}

function isQuote(code: number): boolean {
  return code === DOUBLE_QUOTE || code === SINGLE_QUOTE;
}

const AT = 64;

const MESSAGE_IDS_LENGTH = 300;

function isLocalSign(code: number): boolean {
  return code === DOT || code === 95 || code === PLUS || code === MINUS;
}

/** Characters before an address rather than in it, as in a diff or a list. */
function isLeadingSign(code: number): boolean {
  return code === DOT || code === PLUS || code === MINUS;
}

function isNonAsciiLetter(code: number): boolean {
  if (!(code > 0xa9)) return false;
  LETTER_BY_CODE[code] ||= /[\p{L}\p{M}\p{N}]/u.test(String.fromCharCode(code)) ? 2 : 1;
  return LETTER_BY_CODE[code] === 2;
}

/** Letters of scripts without spaces: next to an ASCII address they belong to the sentence. */
function isUnspaced(code: number): boolean {
  return (code >= 0x2e80 || (code >= 0x0e00 && code < 0x0f00)) && isNonAsciiLetter(code);
}
