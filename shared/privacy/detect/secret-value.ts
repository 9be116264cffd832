// Whether the value of a secret's name is the secret. In source code it is often an expression, and in
// documentation a placeholder; weaker names and less certain notations need stronger evidence.

import type { Assignment } from './assignment.ts';
import { codeAt, isBlank, isDigit, isLower, isUpper } from './characters.ts';
import {
  bitsPerChar,
  isJumble,
  isSequence,
  looksGenerated,
  looksRandom,
  readsAsWords,
} from './entropy.ts';
import { isIdentifierOfKey, isWrittenBySoftware } from './software-value.ts';
import { isPlaceholderSecret, isTemplate, placeholderWordIn } from './placeholder-secret.ts';
import type { SecretName } from './secret-names.ts';

const PASSWORD_LENGTH_MIN = 6;
const SECRET_LENGTH_MIN = 8;
const PASSWORD_BITS_MIN = 2.25;
const NUMBER_BITS_MIN = 2.7;
/** Shorter values with a slash at the beginning are paths, if they are not a jumble. */
const KEY_LENGTH_MIN = 28;
/** Only the beginning of longer values is inspected. */
const INSPECTED_LENGTH_MAX = 128;
/** Minimum digits in a bare value; identifiers have one or two. */
const BARE_DIGITS_MIN = 3;
/** Fewer words are an identifier; a number at the end counts as a word. */
const PASSPHRASE_WORDS_MIN = 4;

/** Symbols that no identifier and no path has. */
const UNUSUAL = /[!@#$%^&*+=?~]/;
const SYMBOL_IN_WORDS = /[a-z0-9][!#$^*~@][A-Za-z0-9]|[a-z]\d{2,4}[!#$*~]{1,3}$/i;
const UNUSUAL_INSIDE = /[A-Za-z0-9][!@#$%^*~][A-Za-z0-9]/;
/** Types with a size, such as `int32`. */
const SIZED_TYPE =
  /^(?:u?int|float|double|complex|sha|md|utf|base|char|varchar|bytes|fixed|string|str|vec|mat|uuid|v|[fiu])\d{1,4}$/i;
/** Character classes, groups and repetitions of a regular expression. */
const REGULAR_EXPRESSION =
  /\(\?[:=!<]|\[\^?(?:[a-z0-9]-[a-z0-9]|\\[dws])|\\[dws][*+{]|\.[*+][?)]?$|\]\{\d+/i;
/** The name of a constant, such as `PKCS7_ISSUER`. */
const CONSTANT = /^[A-Z]{2,}[A-Z0-9]*(?:_[A-Z]{2,}\d{0,2}){1,8}$/;
/** A cmdlet of PowerShell. */
const CMDLET = /^[A-Z][A-Za-z]+-[A-Z][A-Za-z]+$/;
const HOST_AT_END = /@[\w-]{1,63}(?:\.[\w-]{2,63})+(?:[:/].*)?$/;
const ADDRESS = /^[^@]+@[\w-]+(?:\.[\w-]+)+$/;

export interface NamedValue extends Pick<SecretName, 'kind' | 'word'> {
  readonly notation: Assignment['notation'];
  /** The character after the value. */
  readonly next?: string | undefined;
}

/**
 * Whether what stands between two offsets, or a part of it, may be a secret: cheap, and false for most words and
 * expressions. A secret has a digit, or both cases and a symbol or many letters, or many words.
 */
export function mayBeSecret(text: string, start: number, end: number): boolean {
  let hasUpper = false;
  let hasLower = false;
  let symbols = 0;
  for (let at = start; at < end; at++) {
    const code = codeAt(text, at);
    if (isLower(code)) hasLower = true;
    else if (isDigit(code)) return true;
    else if (isUpper(code)) hasUpper = true;
    else symbols++;
  }
  if (symbols >= PASSPHRASE_WORDS_MIN - 1) return true;
  return hasUpper && hasLower && (symbols > 0 || end - start >= CAMEL_LENGTH_MIN);
}

/** Whether a secret may begin at `from`, before the next blank; reads only as far as needed. */
export function mayBeginSecret(text: string, from: number, lengthMax: number): boolean {
  const limit = Math.min(text.length, from + lengthMax);
  let hasUpper = false;
  let hasLower = false;
  let symbols = 0;
  for (let at = from; at < limit; at++) {
    const code = text.charCodeAt(at);
    if (isLower(code)) hasLower = true;
    else if (isDigit(code)) return true;
    else if (isUpper(code)) hasUpper = true;
    else if (isBlank(code)) return false;
    else if (++symbols >= PASSPHRASE_WORDS_MIN - 1) return true;
    if (hasUpper && hasLower && (symbols > 0 || at - from >= CAMEL_LENGTH_MIN - 1)) return true;
  }
  return false;
}

/** Four words in camel case. */
const CAMEL_LENGTH_MIN = 12;

/** Whether the value is a secret rather than code, a template or a placeholder. */
export function isSecretValue(complete: string, named: NamedValue): boolean {
  if (!mayBeSecret(complete, 0, complete.length)) return false;
  const lengthMin = named.kind === 'password' ? PASSWORD_LENGTH_MIN : SECRET_LENGTH_MIN;
  if (complete.length < lengthMin) return false;
  const value = complete.slice(0, INSPECTED_LENGTH_MAX);
  if (isWordsAndYear(value, named) || isLongNumber(value)) return true;
  if (!isData(value) || isExpression(value, named) || isIdentifierOfKey(value)) return false;
  // `auth2:x@host` is a login.
  if (named.kind !== 'password' && HOST_AT_END.test(value)) return false;
  if (looksRandom(value)) return true;
  if (looksGenerated(value) && named.notation !== 'bare') return true;
  return named.kind !== 'weak' && isChosen(value, named);
}

/** Whether it is a password of placeholder words and a year, as people choose them: `mySecret2024`. */
function isWordsAndYear(value: string, { kind, notation }: NamedValue): boolean {
  if (kind !== 'password' || (notation !== 'quoted' && notation !== 'plain')) return false;
  return (
    /^[a-z]{2,}[A-Z][a-z]{2,}(?:19|20)\d\d$/.test(value) &&
    !/test|example|pass|dummy|your/i.test(value)
  );
}

/** Digits that are too many for an id. */
function isLongNumber(value: string): boolean {
  return /^\d{24,64}$/.test(value) && bitsPerChar(value) >= NUMBER_BITS_MIN && !isSequence(value);
}

/** An abbreviation and its version or size, such as `AES-256`, `TLS1.2` or `base64-encoded`. */
const STANDARD =
  /^(?:[A-Z]{2,6}|X\.|OAuth|sha|aes|md|utf|base|bcrypt|argon|rot|tls|rsa|key|step|option|type|version)[-_.#]?\d[\d.]*(?:[-_][\w-]*)?$/;
const LENGTH_WITH_UNIT = /^\d+(?:[-–]\d+)?[a-z-]*$/i;
/** A word and a number, which people often choose. */
const WORD_AND_NUMBER = /^[a-z]{3,}\d{2,}$/;

/** Whether what a sentence says is the secret, and not about it. */
export function isSaidValue(
  value: string,
  { kind, word, place }: Omit<NamedValue, 'notation'> & { place: 'said' | 'beside' | 'below' },
): boolean {
  if (value.length < SECRET_LENGTH_MIN && !(kind === 'password' && value.length > 6)) return false;
  if (STANDARD.test(value) || LENGTH_WITH_UNIT.test(value) || /^-|[()]/.test(value)) return false;
  if (plain(value).includes(plain(word)) || /^[\w-]+(?:\.[A-Za-z_][\w-]*)+$/.test(value))
    return false;
  if (place === 'said' && kind === 'password' && WORD_AND_NUMBER.test(value)) {
    return isSecretValue(value, { kind, word, notation: 'prose' });
  }
  if (!isSecretValue(value, { kind, word, notation: 'loose' })) return false;
  if (place === 'said') return !isWords(value);
  if (/^[A-Za-z]+[:=]/.test(value)) return false;
  return (
    looksRandom(value) ||
    looksGenerated(value) ||
    /[A-Za-z0-9][!@#$%^*~]|^[!$^*~][A-Za-z0-9]/.test(value)
  );
}

/** Whether the value is not an expression, a path, a URL, a template or a placeholder secret. */
function isData(value: string): boolean {
  if (value.includes('://') || REGULAR_EXPRESSION.test(value)) return false;
  if (/^(?:[.~]{0,2}\/|[A-Za-z]:\\|\\\\)/.test(value) && !isRandomAfterSlash(value)) return false;
  if (/^[A-Za-z_$][\w$.]*[([]/.test(value) && !isJumble(value)) return false;
  if (/[^\x21-\u024f\u0370-\u052f]/.test(value)) return false;
  if (/^[A-Za-z]\w*<[\w, .<>?]*$/.test(value)) return false;
  // A package and its version.
  if (/^[a-z][a-z._-]{2,}-\d+(?:\.\d+){1,3}$/.test(value)) return false;
  if (CONSTANT.test(value) || CMDLET.test(value)) return false;
  // Only escapes, such as those of an emoji.
  if (/^(?:\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}){1,40}$/.test(value)) return false;
  return !isTemplate(value) && !isPlaceholderSecret(value) && !isWrittenBySoftware(value);
}

/** Slashes may begin and interrupt a random value, but directories have names. */
function isRandomAfterSlash(value: string): boolean {
  const body = /^\/{1,3}(?!\/)([A-Za-z0-9+/!#$%^&*=~_-]+)$/.exec(value)?.[1];
  if (body === undefined) return false;
  if (!body.includes('/') && isJumble(body)) return true;
  return body.length >= KEY_LENGTH_MIN && looksRandom(body) && !/\/[a-z]{3,}\//.test(value);
}

/** Whether a bare value is a name, a property or a call in code. */
function isExpression(value: string, { notation, next = '', word, kind }: NamedValue): boolean {
  if (next === '(' && /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$/.test(value)) return true;
  if (notation !== 'bare' && notation !== 'prose') return false;
  if (plain(value).includes(plain(word)) && !UNUSUAL.test(value)) return true;
  // A package and its version.
  if (/-\d+(?:\.\d+){1,3}$/.test(value)) return true;
  if (/[([{]/.test(next) || /^[A-Za-z_$][\w$]*\.[A-Za-z_$]/.test(value)) return true;
  if (notation === 'prose' && kind === 'password') return false;
  return value.replaceAll(/\D/g, '').length < BARE_DIGITS_MIN && !isUnusual(value);
}

/** Words and a number read as words, but not with a symbol: `Zima26!xyz`, or `Invierno26!` at the end. */
function isWords(value: string): boolean {
  return readsAsWords(value) && !SYMBOL_IN_WORDS.test(value) && !isNamesAndNumber(value);
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[_ -]/g, '');
}

/** Whether no name or operation in code looks like this. */
function isUnusual(value: string): boolean {
  return UNUSUAL_INSIDE.test(value) && /\d/.test(value) && value.length >= SECRET_LENGTH_MIN;
}

/** Whether a person might choose the value; the notation decides how much evidence is needed. */
function isChosen(value: string, named: NamedValue): boolean {
  const { notation, kind, word } = named;
  if (bitsPerChar(value) < PASSWORD_BITS_MIN || isSequence(value)) return false;
  if (!/\p{L}/u.test(value)) return false;
  const hasDigit = /\d/.test(value);
  const hasSymbol = /[^\p{L}\p{N}]/u.test(value.slice(1, -1));
  const hasBothCases = /[a-z]/.test(value) && /[A-Z]/.test(value);
  const isName = CAMEL_WORDS.test(value) && (notation !== 'plain' || kind !== 'password');
  if (isPassphrase(value) && notation !== 'bare' && !isName) return true;
  if (!hasDigit && !(hasSymbol && hasBothCases)) return false;
  const isPlainPassword = notation === 'plain' && kind === 'password';
  const isSpokenPassword = notation === 'prose' && kind === 'password' && isWordsAndNumber(value);
  if (!isPlainPassword && !isSpokenPassword && isIdentifier(value, word)) return false;
  switch (notation) {
    case 'quoted':
    case 'plain':
      return value.length >= SECRET_LENGTH_MIN || (hasDigit && !SIZED_TYPE.test(value));
    case 'loose':
      if (ADDRESS.test(value) || STANDARD.test(value)) return false;
      return hasDigit && (hasSymbol || hasBothCases);
    case 'prose':
      if (!hasDigit || SIZED_TYPE.test(value) || ADDRESS.test(value)) return false;
      return isSpokenPassword || !isWords(value);
    case 'bare':
      if (UNUSUAL.test(value)) return true;
      // No name in code mixes cases and three digits at random.
      return kind === 'password' && hasBothCases && !readsAsWords(value);
  }
}

const CAMEL_WORDS = /^[a-z]{3,12}(?:[A-Z][a-z]{2,11}){3,8}$/;

/** Two words with capitals and a number, as people choose them: `Rain.Boots77`. */
const NAMES_AND_NUMBER = /^[A-Z][a-z]{2,11}[._-][A-Z][a-z]{2,11}[.-]?\d{1,4}$/;

function isNamesAndNumber(value: string): boolean {
  return NAMES_AND_NUMBER.test(value) && !value.split(/[._-]|\d/).some(placeholderWordIn);
}

/** Words and a number at the end, as people choose them: `rainy-boots-77`, `blueCloud77`. */
function isWordsAndNumber(value: string): boolean {
  if (
    STANDARD.test(value) ||
    !/^[A-Za-z]{3,12}(?:[-_.]?[A-Za-z]{3,12}){0,3}[-_.]?\d{2,4}$/.test(value)
  )
    return false;
  return !value.split(/[-_.\d]|(?<=[a-z])(?=[A-Z])/).some(placeholderWordIn);
}

/** Whether the value is four words or more that neither software nor documentation uses. */
function isPassphrase(value: string): boolean {
  const parts = value.split(CAMEL_WORDS.test(value) ? /(?=[A-Z])/ : /[-_. ]/);
  if (parts.some((part) => !/^(?:[a-z]{3,12}|[A-Z]?[a-z]{2,11}|\d{1,4})$/.test(part))) return false;
  const named = parts.filter((part) => /[a-z]/i.test(part));
  const wordsMin = PASSPHRASE_WORDS_MIN - (/[-_. ]\d{2,4}$/.test(value) ? 1 : 0);
  return named.length >= wordsMin && !named.some(placeholderWordIn);
}

/**
 * Whether the value is an identifier: `access_token_v2`, `auth.password.1`, `encryptionKey1024`.
 */
function isIdentifier(value: string, word: string): boolean {
  if (isNamesAndNumber(value)) return false;
  if (!/^[\w.:/#[\]='-]+$/.test(value)) return false;
  return /[^A-Za-z0-9]/.test(value) ? readsAsWords(value) : value.toLowerCase().includes(word);
}
