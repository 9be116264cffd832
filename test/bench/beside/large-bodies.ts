// Large bodies of new text that cost the scrubber most.

import { luhn } from '../../../shared/privacy/detect/checksums.ts';
import { lines } from '../texts.ts';

const MEGABYTE = 1_000_000;

export const says = (content: string): string =>
  JSON.stringify({
    model: 'claude-haiku-4-5',
    max_tokens: 64,
    messages: [{ role: 'user', content }],
  });

/** Placeholders have 40 bits: two of a million values would share one. */
const VALUES = 100_000;
const phone = (index: number) => `+49151${10_000_000 + (index % VALUES)}`;
const mail = (index: number) => `info${index % VALUES}@corp-mail.org`;

/** Sixteen digits in groups, one in ten of which is a card number. */
function cardLike(index: number): string {
  const digits = `4111${String(index * 7_919).padStart(12, '0')}`;
  const groups = digits.match(/.{4}/g) ?? [];
  return luhn(digits) ? groups.join(' ') : groups.join('-');
}

/** A phone list, rows of customers, one card repeated, and digits like those of cards. */
export const LARGE_BODIES: readonly (() => string)[] = [
  () => says(lines(10 * MEGABYTE, phone)),
  () => says(lines(10 * MEGABYTE, (n) => `${n},Ann Lee,${mail(n)},${phone(n)},active`)),
  () => says(lines(10 * MEGABYTE, () => '4111 1111 1111 1111')),
  () => says(lines(10 * MEGABYTE, cardLike)),
];
