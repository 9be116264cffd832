// Secrets that only their name identifies: `password = "…"`, `API_KEY=…`. The value must look like a secret,
// because in source code it is often an expression; weaker names need stronger evidence.

import { assignedValue, type Assignment } from '../assignment.ts';
import { DOT, isWord, MINUS } from '../characters.ts';
import { bitsPerChar, isSequence, looksRandom, readsAsWords } from '../entropy.ts';
import type { Detector, Range } from '../detector.ts';
import { isPlaceholderSecret, isTemplate } from '../placeholder-secret.ts';

const NAME_PART_LENGTH_MAX = 40;
const PASSWORD_LENGTH_MIN = 8;
const PASSWORD_BITS_MIN = 2.25;
/** Only the beginning of longer values is inspected. */
const INSPECTED_LENGTH_MAX = 128;
/** Minimum digits in a bare value; identifiers have one or two. */
const BARE_DIGITS_MIN = 3;

/** Names of passwords, which people choose; the value may be short and contain words. */
const PASSWORD_NAMES =
  'password,passwd,passphrase,passcode,pwd,_pass,-pass,passwort,kennwort,senha,identified by'.split(
    ',',
  );

/** Names of secrets, mostly generated. */
const SECRET_NAMES = (
  'secret api_key apikey api-key access_key accesskey access-key private_key privatekey private-key ' +
  'encryption_key encryptionkey encryption-key signing_key signingkey signing-key ' +
  'master_key masterkey master-key account_key accountkey account-key auth_key authkey auth-key'
).split(' ');

/** Names that usually mean something else; only a random value counts. */
const WEAK_NAMES = 'token auth credential connection_string connectionstring'.split(' ');

/** Suffixes that do not change the meaning of a name, in lower case without separators. */
const NEUTRAL_SUFFIX = new RegExp(
  `^(?:${
    'key|keybase|base|value|val|string|str|text|raw|prod|production|dev|live|test|staging|' +
    'old|new|current|default|admin|root|user|db|api|app|client|v?[0-9]{1,3}'
  })$`,
);

/** Suffixes of upper-case settings that do change the meaning; all others are allowed. */
const OTHER_SUFFIX = new RegExp(
  `(?:${
    'TYPE|NAME|URL|URI|PATH|FILE|DIR|LENGTH|LEN|SIZE|COUNT|LIMIT|TTL|EXPIRY|EXPIRES|EXPIRATION|' +
    'ID|ARN|REF|HEADER|PREFIX|SUFFIX|FIELD|REGEX|PATTERN|FORMAT|POLICY|HINT|VERSION|ALGORITHM|' +
    'ALG|ENDPOINT|ISSUER|AUDIENCE|SCOPE|HOST|METHOD|PROVIDER|MODE|ENABLED|REQUIRED|MIN|MAX|S'
  })$`,
);

export const genericSecret: Detector = {
  entity: 'GENERIC_SECRET',
  label: 'SECRET',
  tier: 'B',
  secret: true,
  triggers: [{ kind: 'word', words: [...PASSWORD_NAMES, ...SECRET_NAMES, ...WEAK_NAMES] }],
  find: (text, start, end): Range | undefined => {
    const nameEnd = endOfName(text, end);
    if (nameEnd === undefined) return undefined;
    const nameStart = startOfName(text, start);
    // `AWS::IAM::AccessKey` names a type.
    if (text.startsWith('::', nameStart - 2)) return undefined;
    const assigned = assignedValue(text, nameStart, nameEnd);
    if (!assigned || assigned.end - assigned.start < PASSWORD_LENGTH_MIN) return undefined;
    const value = text.slice(
      assigned.start,
      Math.min(assigned.end, assigned.start + INSPECTED_LENGTH_MAX),
    );
    const name = text.slice(start, end).toLowerCase();
    if (!isData(value) || isExpression(text, assigned, value, name)) return undefined;
    return looksRandom(value) || isPassword(value, name, assigned)
      ? { start: assigned.start, end: assigned.end }
      : undefined;
  },
};

function startOfName(text: string, from: number): number {
  let start = from;
  const limit = Math.max(0, from - NAME_PART_LENGTH_MAX);
  while (start > limit && isNameChar(text.charCodeAt(start - 1))) start--;
  return start;
}

/** Returns the end of the name, or undefined if its suffix changes the meaning. */
function endOfName(text: string, from: number): number | undefined {
  let end = from;
  const limit = from + NAME_PART_LENGTH_MAX;
  while (end < limit && isNameChar(text.charCodeAt(end))) end++;
  if (end === from) return end;
  const suffix = text.slice(from, end);
  if (NEUTRAL_SUFFIX.test(suffix.toLowerCase().replaceAll(/[_-]/g, ''))) return end;
  return /^_[A-Z0-9_]+$/.test(suffix) && !OTHER_SUFFIX.test(suffix) ? end : undefined;
}

function isNameChar(code: number): boolean {
  return isWord(code) || code === MINUS || code === DOT;
}

/** Whether the value is not an expression, a path, a URL, a template or a placeholder secret. */
function isData(value: string): boolean {
  if (value.includes('://') || /^(?:[.~]{0,2}\/|[A-Za-z]:\\|\\\\)/.test(value)) return false;
  if (/^[A-Za-z_$][\w$.]*[([]/.test(value) || /[^\x21-\u024f]/.test(value)) return false;
  // Only escapes, such as those of an emoji.
  if (/^(?:\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}){1,40}$/.test(value)) return false;
  return !isTemplate(value) && !isPlaceholderSecret(value);
}

/** Whether a bare value is a name, a property or a call in code. */
function isExpression(text: string, { notation, end }: Assignment, value: string, name: string) {
  if (notation !== 'bare') return false;
  if (value.toLowerCase().includes(name)) return true;
  if (/[([{.]/.test(text[end] ?? '') || /^[A-Za-z_$][\w$]*\.[A-Za-z_$]/.test(value)) return true;
  return value.replaceAll(/\D/g, '').length < BARE_DIGITS_MIN;
}

/** Whether a person might choose the value; the notation decides how much evidence is needed. */
function isPassword(value: string, name: string, { notation }: Assignment): boolean {
  if (WEAK_NAMES.includes(name) || bitsPerChar(value) < PASSWORD_BITS_MIN || isSequence(value)) {
    return false;
  }
  const hasDigit = /\d/.test(value);
  const hasSymbol = /[^A-Za-z0-9]/.test(value.slice(1, -1));
  const hasBothCases = /[a-z]/.test(value) && /[A-Z]/.test(value);
  if (!/[A-Za-z]/.test(value) || (!hasDigit && !(hasSymbol && hasBothCases))) return false;
  const isPlainPassword = notation === 'plain' && PASSWORD_NAMES.includes(name);
  if (!isPlainPassword && isIdentifier(value, name)) return false;
  if (notation === 'loose') return hasDigit && (hasSymbol || hasBothCases);
  if (notation !== 'bare' || /[!@#$%^&*+=?~]/.test(value)) return true;
  // No name in code mixes cases and three digits at random.
  return PASSWORD_NAMES.includes(name) && hasBothCases && !readsAsWords(value);
}

/**
 * Whether the value is an identifier: `access_token_v2`, `auth.password.1`, `encryptionKey1024`.
 */
function isIdentifier(value: string, name: string): boolean {
  if (!/^[\w.:/#[\]='-]+$/.test(value)) return false;
  return /[^A-Za-z0-9]/.test(value) ? readsAsWords(value) : value.toLowerCase().includes(name);
}
