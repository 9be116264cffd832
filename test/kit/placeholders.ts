// Placeholders with awkward values, and an independent, slower way to restore them.

import * as fc from 'fast-check';

/** Value by placeholder. */
export const VALUES: Readonly<Record<string, string>> = {
  PII_EMAIL_7k3qx5ta: 'ann.miller@corp.example',
  PII_NAME_aaaaaaaa: 'Zoë "the\\cat" O’Neil\r\n\t😀',
  // Special in replacement strings and in regular expressions.
  PII_SECRET_22222222: 'a$&b$1$`[x]\\u0041\\',
  // Looks like a placeholder, and ends like the start of one.
  PII_LOOP_bbbbbbbb: 'PII_EMAIL_7k3qx5ta',
  PII_HALF_cccccccc: 'PII_EMAIL_',
  PII_ABCDEFGHIJKL_77777777: 'the longest label',
  PII_ID_abcdefgh: '\ud800 lone',
  PII_PII_zzzzzzzz: '',
};

export const EMAIL = 'PII_EMAIL_7k3qx5ta';
export const NAME = 'PII_NAME_aaaaaaaa';
export const SECRET = 'PII_SECRET_22222222';
export const LOOP = 'PII_LOOP_bbbbbbbb';
export const HALF = 'PII_HALF_cccccccc';
export const LONGEST = 'PII_ABCDEFGHIJKL_77777777';
export const SHORTEST = 'PII_ID_abcdefgh';
export const EMPTY = 'PII_PII_zzzzzzzz';

/** A well-formed placeholder that was never issued. */
export const UNKNOWN = 'PII_EMAIL_qqqqqqqq';

const SPELLING_LENGTH_MAX = 256;
const INVISIBLE =
  /\u00ad|\u034f|\u061c|\u180e|[\u200b-\u200f]|[\u202a-\u202e]|[\u2060-\u2064]|[\u2066-\u2069]|[\ufe00-\ufe0f]|\ufeff/g;
const SEPARATOR =
  /(?:\\{1,3}|(?:%5c){1,2})?(?:[_-]|%(?:25){0,2}5f|%ef%bc%bf|&(?:amp;){0,2}(?:#0{0,2}95|#x0{0,2}5f|lowbar|underbar);?)/gi;
const NAME_PATTERN = /^pii_(pii|(?!.*pii_)[a-z\d_]{1,32})_([a-z2-7]{8})$/;

/** The value of a text that is a placeholder in any spelling; found by rewriting it. */
function valueOfSpelling(text: string, values: Readonly<Record<string, string>>) {
  if (!/^[pPｐＰ].*[\w\uff10-\uff5a]$/s.test(text)) return undefined;
  const name = text
    .replaceAll(INVISIBLE, '')
    .replaceAll(/[\uff10-\uff5f]/g, (char) => char.normalize('NFKC'))
    .replaceAll(SEPARATOR, '_')
    .toLowerCase();
  const [, label = '', suffix] = NAME_PATTERN.exec(name) ?? [];
  if (suffix === undefined || /^_*$/.test(label)) return undefined;
  const issued = Object.keys(values).filter((each) => each.endsWith(`_${suffix}`));
  const exact = issued.find((each) => each.toLowerCase() === name);
  const placeholder = exact ?? (issued.length === 1 ? issued[0] : undefined);
  return placeholder === undefined ? undefined : values[placeholder];
}

/** Tries each spelling at each position, the shortest first. */
export function slowlyRestored(text: string, values = VALUES): string {
  let restored = '';
  for (let at = 0; at < text.length;) {
    let length = 0;
    if (/[pPｐＰ]/.test(text[at] ?? '')) {
      for (let tried = 1; tried <= Math.min(SPELLING_LENGTH_MAX, text.length - at); tried += 1) {
        const value = valueOfSpelling(text.slice(at, at + tried), values);
        if (value === undefined) continue;
        restored += value;
        length = tried;
        break;
      }
    }
    if (length === 0) restored += text[at];
    at += Math.max(1, length);
  }
  return restored;
}

/** Restores every string and key of a parsed JSON value. */
export function deeplyRestored(value: unknown): unknown {
  if (typeof value === 'string') return slowlyRestored(value);
  if (Array.isArray(value)) return value.map(deeplyRestored);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [slowlyRestored(key), deeplyRestored(part)]),
  );
}

/** Generates model output with issued, unknown and broken placeholders. */
export const placeholderText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...Object.keys(VALUES), UNKNOWN) },
      fc
        .tuple(fc.constantFrom(...Object.keys(VALUES)), fc.nat(25))
        .map(([placeholder, end]) => placeholder.slice(0, end)),
      fc.constantFrom(
        'P',
        'PI',
        'PII',
        'PII_',
        'A',
        '_',
        'a',
        '7k3qx5ta',
        ' ',
        '\n',
        '"',
        '\\',
        '/',
      ),
      fc.constantFrom('\\u0050', '\\n', '\\"', '😀', 'é', '\ud83d', '\u2028', '<b>', '$&'),
      fc.string({ maxLength: 4 }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

/** Generates the content of a JSON string with placeholders and needless escapes. */
export const escapedTokenText: fc.Arbitrary<string> = fc
  .tuple(placeholderText, fc.infiniteStream(fc.nat({ max: 9 })))
  .map(([text, choices]) =>
    text
      .split('')
      .map((char) => {
        const code = char.charCodeAt(0).toString(16).padStart(4, '0');
        if (choices.next().value === 0) return `\\u${code.toUpperCase()}`;
        return /[ -~]/.test(char) ? JSON.stringify(char).slice(1, -1) : `\\u${code}`;
      })
      .join(''),
  );
