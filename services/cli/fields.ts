// Small conversions between options and fields of the HTTP API.

import { NOTHING } from './table.ts';

/** Drops undefined fields, which the services reject. */
export function withoutUndefined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

export function listOf(text: string | undefined): string[] | undefined {
  return text?.split(',').map((name) => name.trim());
}

/** The title of a column with a field of the HTTP API. */
export function titleOf(field: string): string {
  return field.replaceAll('_', ' ');
}

/** Numbers by name, such as `EMAIL_ADDRESS=2,IBAN=1`. */
export function countsText(counts: unknown, equals: string, comma: string, unit = ''): string {
  const texts = Object.entries(counts ?? {}).map(
    ([name, count]) => `${name}${equals}${count}${unit}`,
  );
  return texts.join(comma) || NOTHING;
}

/** For tables, which leave out columns without a count. */
export function withoutZero<Row>(of: (row: Row) => string): (row: Row) => string {
  return (row) => (of(row) === '0' ? NOTHING : of(row));
}

/** `2026-11-27 10:31:05`, in UTC, of an ISO time. */
export function secondOf(time: string): string {
  return time.slice(0, 19).replace('T', ' ');
}

/** `2026-11-27 10:31`, in UTC, of an ISO time. */
export function minuteOf(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}
