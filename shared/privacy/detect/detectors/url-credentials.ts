// User and password in a URL or connection string: `postgres://app:s3cret@db/main`. User names often identify
// people. Default passwords such as `postgres:postgres` count; placeholder secrets do not.

import { bitsPerChar, readsAsWords } from '../entropy.ts';
import {
  BACKSLASH,
  BACKTICK,
  codeAt,
  DOT,
  DOUBLE_QUOTE,
  GREATER,
  isBlank,
  isWord,
  LESS,
  MINUS,
  PLUS,
  SINGLE_QUOTE,
  SLASH,
} from '../characters.ts';
import type { Detector, Range } from '../detector.ts';
import { isPlaceholderSecret, isTemplate } from '../placeholder-secret.ts';

const SCHEME_LENGTH_MAX = 32;
const AUTHORITY_LENGTH_MAX = 400;
const AT = 64;
const TOKEN_LENGTH_MIN = 20;
const TOKEN_BITS_MIN = 3;
/** Shorter passwords, as in `abc:xyz`, are examples. */
const PASSWORD_LENGTH_MIN = 4;

/** Ends at characters an authority cannot contain; allows `%` for escapes and templates. */
const AUTHORITY = /[^\s"'`<>\\/?#]{1,400}/y;

/** Passwords in these are often unescaped, so they may contain a slash. */
const DATABASE =
  /(?:postgres|postgresql|mysql|mariadb|mongodb|rediss?|amqps?|mssql|sqlserver|oracle|clickhouse|cockroachdb|neo4j|bolt|nats|ldaps?|smtps?|s?ftp)(?:\+\w{1,16})?$/i;
const DATABASE_AUTHORITY = /[^\s"'`<>\\]{1,400}/y;
const SCHEME = /[A-Za-z][A-Za-z0-9+.-]{1,30}$/;

/**
 * Passwords used in documentation. Excludes `admin`, `root`, `postgres` and `guest`, which are real
 * defaults.
 */
const DOCUMENTED_PASSWORDS = new Set(
  'password passwd pass pwd secret pw token key test test-password testpassword dummy foo bar apikey api-key api_key p your-password yourpassword your_password mypassword my-password my_password user-password userpassword changeme changeit example placeholder'.split(
    ' ',
  ),
);

export const urlCredentials: Detector = {
  entity: 'URL_CREDENTIALS',
  label: 'LOGIN',
  tier: 'A',
  secret: true,
  triggers: [{ kind: 'word', words: ['://'] }],
  find: (text, start, end): Range | undefined => {
    if (!hasAt(text, end, isWeb(text, start))) return undefined;
    const scheme = SCHEME.exec(text.slice(Math.max(0, start - SCHEME_LENGTH_MAX), start))?.[0];
    if (scheme === undefined) return undefined;
    const at = userInfoEnd(text, end, DATABASE.test(scheme));
    if (at < 0 || !isHostStart(text[at + 1])) return undefined;
    const userInfo = text.slice(end, at);
    const colon = userInfo.indexOf(':');
    if (colon < 0) return isLoneToken(userInfo) ? { start: end, end: at } : undefined;
    if (!isLoginPassword(userInfo.slice(colon + 1))) return undefined;
    return { start: colon === 0 ? end + 1 : end, end: at };
  },
};

/** Whether an `@` is in what follows, up to a blank, a quote or a bracket; false for most addresses. */
function hasAt(text: string, from: number, endsAtSlash: boolean): boolean {
  const limit = Math.min(text.length, from + AUTHORITY_LENGTH_MAX);
  for (let at = from; at < limit; at++) {
    const code = text.charCodeAt(at);
    if (code === AT) return true;
    if (code === SLASH && endsAtSlash) return false;
    if (isBlank(code) || code === DOUBLE_QUOTE || code === SINGLE_QUOTE || code === BACKTICK)
      return false;
    if (code === BACKSLASH || code === LESS || code === GREATER) return false;
  }
  return false;
}

/** Whether the scheme is `http` or `https`, whose user and password have no slash. */
function isWeb(text: string, end: number): boolean {
  const start = codeAt(text, end - 1) === SMALL_S ? end - 5 : end - 4;
  if (!text.startsWith('http', start)) return false;
  const before = codeAt(text, start - 1);
  return !isWord(before) && before !== PLUS && before !== DOT && before !== MINUS;
}

const SMALL_S = 115;

/** Returns the index of the `@` that ends user and password, or -1. */
function userInfoEnd(text: string, from: number, isDatabase: boolean): number {
  const at = lastAt(text, from, AUTHORITY);
  if (at >= 0 || !isDatabase) return at;
  const databaseEnd = lastAt(text, from, DATABASE_AUTHORITY);
  // In `db:5432/app@x` the port is not a password.
  return /^[^:/@]*:(?!\d{1,5}\/)[^@]*@[^@/]+/.test(text.slice(from, databaseEnd + 2))
    ? databaseEnd
    : -1;
}

function lastAt(text: string, from: number, authority: RegExp): number {
  authority.lastIndex = from;
  const end = authority.test(text) ? authority.lastIndex : from;
  const index = text.slice(from, Math.min(end, from + AUTHORITY_LENGTH_MAX)).lastIndexOf('@');
  return index < 0 ? -1 : from + index;
}

function isHostStart(char: string | undefined): boolean {
  return char !== undefined && /[\w[$%{(<*-]/.test(char);
}

/** Whether user info without a password is a token: `https://<token>@host`. */
function isLoneToken(user: string): boolean {
  return (
    user.length >= TOKEN_LENGTH_MIN &&
    bitsPerChar(user) >= TOKEN_BITS_MIN &&
    !isTemplate(user) &&
    !readsAsWords(user)
  );
}

/** Whether this is the password of a login rather than a template or an example. */
export function isLoginPassword(password: string): boolean {
  if (
    password.length < PASSWORD_LENGTH_MIN ||
    DOCUMENTED_PASSWORDS.has(password.toLowerCase()) ||
    isTemplate(password) ||
    isTemplate(password.replaceAll(/^["'`\\]+|["'`\\]+$/g, ''))
  )
    return false;
  if (/^[$%{[(<:*.x_-]+$/i.test(password)) return false;
  if (password.length < 9 || !isPlaceholderSecret(password)) return true;
  // People make passwords of such words and a year, but `password123` is an example.
  const stem = password.toLowerCase().replace(/[\d_-]+$/, '');
  return (
    /[a-z]\d{2,}$/i.test(password) && !DOCUMENTED_PASSWORDS.has(stem) && !/^(.)\1+$/.test(stem)
  );
}
