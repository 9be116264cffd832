// Small conversions between options and fields of the HTTP API.

/** Drops undefined fields, which the services reject. */
export function withoutUndefined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

export function listOf(text: string | undefined): string[] | undefined {
  return text?.split(',').map((name) => name.trim());
}

/** `2026-11-27 10:31`, in UTC, of an ISO time. */
export function minuteOf(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}

/** A list that was read to its end, as the HTTP API has a page. */
export function wholePage<View>(data: readonly View[]) {
  return { data, has_more: false, last_id: null };
}
