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

/** Tries each placeholder at each position. */
export function slowlyRestored(text: string): string {
  let restored = '';
  for (let at = 0; at < text.length;) {
    const placeholder = Object.keys(VALUES).find((issued) => text.startsWith(issued, at));
    restored += placeholder === undefined ? text[at] : VALUES[placeholder];
    at += placeholder?.length ?? 1;
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
