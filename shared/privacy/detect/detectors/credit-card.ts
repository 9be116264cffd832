// Payment cards: a brand's number range and length, and the Luhn digit. Ranges are those the
// schemes publish (ISO/IEC 7812 issuer numbers). Ungrouped numbers of lengths common elsewhere
// (timestamps 13, IMEIs 15, ids 17 and 18) need context, except American Express: no IMEI begins so.

import { numberAt } from '../calendar.ts';
import { luhn } from '../checksums.ts';
import {
  isDigit,
  isHex,
  isLower,
  MINUS,
  NEWLINE,
  SLASH,
  SPACE,
  standsAlone,
  codeAt,
} from '../characters.ts';
import type { Detector, Range } from '../detector.ts';

const LENGTH_MIN = 12;
const LENGTH_MAX = 19;

/** Range of the first four digits, and the lengths. */
const BRANDS: readonly (readonly [from: number, to: number, lengths: readonly number[]])[] = [
  // Visa
  [4000, 4999, [13, 16, 19]],
  // Mastercard
  [5100, 5599, [16]],
  [2221, 2720, [16]],
  // American Express
  [3400, 3499, [15]],
  [3700, 3799, [15]],
  // Diners Club
  [3000, 3059, [14, 16, 19]],
  [3095, 3095, [14, 16, 19]],
  [3600, 3699, [14, 16, 19]],
  [3800, 3999, [14, 16, 19]],
  // JCB
  [3528, 3589, [16, 17, 18, 19]],
  [2131, 2131, [15]],
  [1800, 1800, [15]],
  // Mir, Borica
  [2200, 2205, [16, 17, 18, 19]],
  // Maestro, Switch, Laser
  [5000, 5099, [12, 13, 14, 15, 16, 17, 18, 19]],
  [5600, 5899, [12, 13, 14, 15, 16, 17, 18, 19]],
  [6304, 6304, [12, 13, 14, 15, 16, 17, 18, 19]],
  [6331, 6334, [16, 18, 19]],
  [6700, 6799, [12, 13, 14, 15, 16, 17, 18, 19]],
  // Discover, RuPay, Hipercard, InterPayment, Elo, UkrCard, UnionPay
  [6000, 6099, [16, 17, 18, 19]],
  [6200, 6299, [16, 17, 18, 19]],
  [6360, 6399, [16, 17, 18, 19]],
  [6440, 6599, [16, 17, 18, 19]],
  [8100, 8299, [16, 17, 18, 19]],
  // Uzcard, Troy, Humo
  [8600, 8600, [16]],
  [9792, 9792, [16]],
  [9860, 9860, [16]],
];

/** Bit set of lengths by the first four digits. */
const LENGTHS = new Uint32Array(10_000);
for (const [from, to, lengths] of BRANDS) {
  const bits = lengths.reduce((sum, length) => sum | (1 << length), 0);
  for (let prefix = from; prefix <= to; prefix++) LENGTHS[prefix] = (LENGTHS[prefix] ?? 0) | bits;
}

/** Valid groupings: the group lengths as decimal digits. */
const GROUPINGS = new Set([4444, 44443, 465, 464, 444, 4441, 445, 613, 4443, 4442]);

/** Lengths that need neither grouping nor context. */
const DISTINCTIVE_LENGTHS = (1 << 14) | (1 << 16) | (1 << 19);

/** American Express: 34 and 37, 15 digits. */
const AMEX = /^3[47]\d{13}(?!\d)/;
const THREE = 0x33;
/** A long number next to a candidate in a list, and how much of the text to inspect. */
const NUMBERS_BEFORE =
  /(?<![\w.'"])(?:[-+]?([1-9]\d{13,23})[uUlLn]{0,3},\s{1,8})?[-+]?([1-9]\d{13,23})[uUlLn]{0,3},\s{1,8}$/;
const NUMBER_AFTER = /^,\s{1,16}[-+]?([1-9]\d{13,23})(?![\w.'"])/;
const GROUPS_BEFORE = /(?:(?<![\w])[\dA-F]{4,5}[ \n]){1,4}$/;
const GROUPS_AFTER = /^(?:[ \n][\dA-F]{4,5}(?!\w)){1,4}/;
const NEIGHBOUR_REACH = 64;

// A digit group may also hold what follows the card, such as its expiry date.
const TRIGGERS = [{ kind: 'digits', digitsMin: LENGTH_MIN, digitsMax: 48 }] as const;

export const creditCard: Detector = {
  entity: 'CREDIT_CARD',
  label: 'CARD',
  tier: 'A',
  triggers: TRIGGERS,
  find: (text, start, end) => cardIn(text, start, end, false),
};

export const creditCardBare: Detector = {
  entity: 'CREDIT_CARD',
  label: 'CARD',
  tier: 'B',
  triggers: TRIGGERS,
  context: (
    'card cardholder cc ccn pan credit debit visa maestro mastercard amex diners jcb payment ' +
    'karte kreditkarte kartennummer carte tarjeta cartão cartao carta kaart kort'
  ).split(' '),
  find: (text, start, end) => cardIn(text, start, end, true),
};

/**
 * Returns the first card in a digit group; `bare` selects ungrouped numbers of ambiguous lengths.
 */
function cardIn(text: string, start: number, end: number, bare: boolean): Range | undefined {
  let from = start;
  while (from + LENGTH_MIN <= end) {
    const partEnd = digitsEnd(text, from, end);
    const lengths = partEnd - from < 4 ? 0 : (LENGTHS[numberAt(text, from, 4)] ?? 0);
    if (lengths !== 0 && (from === start || isBoundary(codeAt(text, from - 1)))) {
      const distinctive = distinctiveLengths(text, from);
      const to = bare
        ? bareEnd(text, from, partEnd, end, lengths & ~distinctive)
        : (bareEnd(text, from, partEnd, end, lengths & distinctive) ??
          groupedEnd(text, from, partEnd, end, lengths));
      if (to !== undefined && standsAlone(text, from, to)) {
        const isListed = !bare && (to === partEnd ? isInTable : isInGroupTable)(text, from, to);
        return isListed ? undefined : { start: from, end: to };
      }
    }
    from = partEnd + 1;
  }
  return undefined;
}

function distinctiveLengths(text: string, start: number): number {
  return codeAt(text, start) === THREE && AMEX.test(text.slice(start, start + 16))
    ? DISTINCTIVE_LENGTHS | (1 << 15)
    : DISTINCTIVE_LENGTHS;
}

/** Whether the groups stand in a table of four-digit numbers, such as a block of a character set. */
function isInGroupTable(text: string, start: number, end: number): boolean {
  if (!isBesideGroup(text, start - 1, start - 2) && !isBesideGroup(text, end, end + 1))
    return false;
  const before = GROUPS_BEFORE.exec(text.slice(Math.max(0, start - NEIGHBOUR_REACH), start))?.[0];
  const after = GROUPS_AFTER.exec(text.slice(end, end + NEIGHBOUR_REACH))?.[0];
  const beside = [before, after].filter((each) => each !== undefined);
  if (beside.some(isCardInGroups)) return false;
  const blocks = blocksOf(beside.join(' '));
  // Numbers of one block begin alike; those beside a card have another beginning.
  return blocksOf(text.slice(start, end)).some(
    (block, index, all) =>
      all.indexOf(block) !== index && blocks.filter((each) => each === block).length > 1,
  );
}

function isBesideGroup(text: string, blank: number, digit: number): boolean {
  const sign = codeAt(text, blank);
  const code = codeAt(text, digit);
  return (sign === SPACE || sign === NEWLINE) && isHex(code) && !isLower(code);
}

/** The first two digits of each group. */
function blocksOf(groups: string): string[] {
  return Array.from(groups.matchAll(/[\dA-F]{4,5}/g), ([group]) => group.slice(0, 2));
}

/** Whether the groups beside a card are another card. */
function isCardInGroups(groups: string): boolean {
  const digits = groups.replaceAll(/[ \n]/g, '');
  return /^\d{16}$/.test(digits) && luhn(digits);
}

/**
 * Whether the number stands among long numbers that are no cards, in a table of constants in source code.
 * A row of a CSV file has no blanks behind its commas, and may well have long ids beside a card.
 */
function isInTable(text: string, start: number, end: number): boolean {
  const [, first, before] =
    NUMBERS_BEFORE.exec(text.slice(Math.max(0, start - NEIGHBOUR_REACH), start)) ?? [];
  const after = NUMBER_AFTER.exec(text.slice(end, end + NEIGHBOUR_REACH))?.[1];
  if (before === undefined || (after === undefined && first === undefined)) return false;
  if (text[end] !== ',') return false;
  return ![first, before, after].some((each) => each !== undefined && luhn(each, 0, each.length));
}

/** Returns the end of a card without separators. */
function bareEnd(text: string, start: number, partEnd: number, end: number, lengths: number) {
  const length = partEnd - start;
  if (length > LENGTH_MAX || (lengths & (1 << length)) === 0) return undefined;
  if (partEnd < end && !isBoundary(codeAt(text, partEnd))) return undefined;
  return luhn(text, start, partEnd) ? partEnd : undefined;
}

/** Returns the last possible end of a card in groups with one separator. */
function groupedEnd(text: string, start: number, firstEnd: number, end: number, lengths: number) {
  const separator = codeAt(text, firstEnd);
  if (firstEnd === end || (separator !== SPACE && separator !== MINUS)) return undefined;
  let best: number | undefined;
  let digits = firstEnd - start;
  let grouping = digits;
  let partEnd = firstEnd;
  while (digits < LENGTH_MAX && partEnd < end && codeAt(text, partEnd) === separator) {
    const next = digitsEnd(text, partEnd + 1, end);
    const length = next - partEnd - 1;
    grouping = grouping * (length > 9 ? 100 : 10) + length;
    digits += length;
    partEnd = next;
    if (digits > LENGTH_MAX || (lengths & (1 << digits)) === 0 || !GROUPINGS.has(grouping))
      continue;
    if (partEnd < end && !isBoundary(codeAt(text, partEnd))) continue;
    if (luhn(text, start, partEnd)) best = partEnd;
  }
  return best;
}

function digitsEnd(text: string, from: number, end: number): number {
  let index = from;
  while (index < end && isDigit(codeAt(text, index))) index++;
  return index;
}

/** Whether a separator may part two numbers. */
function isBoundary(code: number): boolean {
  return code === SPACE || code === SLASH;
}
