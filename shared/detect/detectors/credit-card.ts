// Payment cards: number range and length of a brand, and the Luhn digit. Ranges are those the card
// schemes publish (ISO/IEC 7812 issuer numbers). Lengths that programs use for other things
// (timestamps have 13, IMEIs 15, ids 17 and 18) need a word about cards near, unless written in groups.

import { luhn } from '../checksums.ts';
import { isDigit, MINUS, SLASH, SPACE, standsAlone } from '../characters.ts';
import type { Detector, Range } from '../detector.ts';
import { compact } from '../shapes.ts';

const LENGTH_MIN = 12;
const LENGTH_MAX = 19;

/** The first six digits from and to, and the lengths. The first row that has the number decides. */
const BRANDS: readonly (readonly [from: number, to: number, lengths: readonly number[]])[] = [
  // Visa
  [400000, 499999, [13, 16, 19]],
  // Mastercard
  [510000, 559999, [16]],
  [222100, 272099, [16]],
  // American Express
  [340000, 349999, [15]],
  [370000, 379999, [15]],
  // Diners Club
  [300000, 305999, [14, 16, 19]],
  [309500, 309599, [14, 16, 19]],
  [360000, 369999, [14, 16, 19]],
  [380000, 399999, [14, 16, 19]],
  // JCB
  [352800, 358999, [16, 17, 18, 19]],
  [213100, 213199, [15]],
  [180000, 180099, [15]],
  // Mir, Borica
  [220000, 220599, [16, 17, 18, 19]],
  // Maestro, Switch, Laser
  [500000, 509999, [12, 13, 14, 15, 16, 17, 18, 19]],
  [560000, 589999, [12, 13, 14, 15, 16, 17, 18, 19]],
  [630400, 630499, [12, 13, 14, 15, 16, 17, 18, 19]],
  [633100, 633499, [16, 18, 19]],
  [670000, 679999, [12, 13, 14, 15, 16, 17, 18, 19]],
  // Discover, RuPay, Hipercard, InterPayment, Elo, UkrCard, UnionPay
  [600000, 609999, [16, 17, 18, 19]],
  [627780, 627780, [16]],
  [620000, 629999, [16, 17, 18, 19]],
  [636000, 639999, [16, 17, 18, 19]],
  [644000, 659999, [16, 17, 18, 19]],
  [810000, 829999, [16, 17, 18, 19]],
  // Uzcard, Troy, Humo
  [860000, 860099, [16]],
  [979200, 979299, [16]],
  [986000, 986099, [16]],
];

/** How a number is written in groups. */
const GROUPINGS = new Set(
  '4,4,4,4 4,4,4,4,3 4,6,5 4,6,4 4,4,4 4,4,4,1 4,4,5 6,13 4,4,4,3 4,4,4,2'.split(' '),
);

/** Lengths that say enough without groups and without a word about cards. */
const TELLING_LENGTHS = new Set([14, 16, 19]);

// A card may stand in one group with what follows it, such as its expiry date.
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

/** The first card in a group of digits; `bare` asks for numbers without groups and of any length. */
function cardIn(text: string, start: number, end: number, bare: boolean): Range | undefined {
  let partStart = start;
  while (partStart + LENGTH_MIN <= end) {
    const partEnd = digitsEnd(text, partStart, end);
    if (isBoundary(text, partStart - 1, start, end)) {
      const found =
        cardAt(text, partStart, partEnd, bare) ??
        (bare || partEnd === end ? undefined : groupedCard(text, partStart, partEnd, end));
      if (found && standsAlone(text, found.start, found.end)) return found;
    }
    partStart = partEnd + 1;
  }
  return undefined;
}

/** A card without separators. */
function cardAt(text: string, start: number, end: number, bare: boolean): Range | undefined {
  const length = end - start;
  if (length < LENGTH_MIN || length > LENGTH_MAX) return undefined;
  if (bare === TELLING_LENGTHS.has(length) || !isBoundary(text, end, start, end)) return undefined;
  return isCard(text.slice(start, end)) ? { start, end } : undefined;
}

/** A card in groups with one and the same separator between them. */
function groupedCard(text: string, start: number, firstEnd: number, end: number) {
  const separator = text.charCodeAt(firstEnd);
  const first = firstEnd - start;
  if ((first !== 4 && first !== 6) || (separator !== SPACE && separator !== MINUS))
    return undefined;
  let best: Range | undefined;
  let grouping = String(first);
  let digits = first;
  let partEnd = firstEnd;
  while (digits < LENGTH_MAX && text.charCodeAt(partEnd) === separator && partEnd < end) {
    const next = digitsEnd(text, partEnd + 1, end);
    grouping += `,${next - partEnd - 1}`;
    digits += next - partEnd - 1;
    partEnd = next;
    if (!GROUPINGS.has(grouping) || !isBoundary(text, partEnd, start, end)) continue;
    if (isCard(compact(text, { start, end: partEnd }))) best = { start, end: partEnd };
  }
  return best;
}

function digitsEnd(text: string, from: number, end: number): number {
  let index = from;
  while (index < end && isDigit(text.charCodeAt(index))) index++;
  return index;
}

/** Whether what stands at `index` parts two numbers, or is outside of the group. */
function isBoundary(text: string, index: number, start: number, end: number): boolean {
  const code = text.charCodeAt(index);
  return index < start || index >= end || code === SPACE || code === SLASH;
}

function isCard(digits: string): boolean {
  const issuer = Number(digits.slice(0, 6));
  const brand = BRANDS.find(([from, to]) => issuer >= from && issuer <= to);
  return brand !== undefined && brand[2].includes(digits.length) && luhn(digits);
}
