// Raw header pairs `[name, value, name, value, …]`: the only form that keeps case, order and
// repetition, which is what "unchanged" means for headers.

/** The pairs of a raw list. A name without a value is dropped: Node never makes one. */
export function* pairsOf(raw: readonly string[]): Generator<readonly [string, string]> {
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at];
    const value = raw[at + 1];
    if (name !== undefined && value !== undefined) yield [name, value];
  }
}

/** The first value of a header, by lower-case name. */
export function headerOf(raw: readonly string[], name: string): string | undefined {
  for (const [key, value] of pairsOf(raw)) if (key.toLowerCase() === name) return value;
  return undefined;
}

/** Whether a reply's headers announce server-sent events. */
export function isEventStream(raw: readonly string[]): boolean {
  const type = headerOf(raw, 'content-type')?.trim().toLowerCase();
  return type?.startsWith('text/event-stream') ?? false;
}

/** The pairs whose lower-case name `keep` accepts, as a raw list again. */
export function keepHeaders(raw: readonly string[], keep: (name: string) => boolean): string[] {
  const kept: string[] = [];
  for (const [name, value] of pairsOf(raw)) if (keep(name.toLowerCase())) kept.push(name, value);
  return kept;
}

/** The pairs with `own` in place of those of the same names. */
export function replaceHeaders(raw: readonly string[], own: readonly string[]): string[] {
  const names = new Set(Array.from(pairsOf(own), ([name]) => name.toLowerCase()));
  return [...keepHeaders(raw, (name) => !names.has(name)), ...own];
}

/** Headers that belong to one connection, not to the message (RFC 9110 section 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** A test for position-by-position names, those that this message's own `connection` lists included. */
export function hopByHop(raw: readonly string[]): (name: string) => boolean {
  const listed = new Set<string>();
  for (const [name, value] of pairsOf(raw)) {
    if (name.toLowerCase() !== 'connection') continue;
    for (const token of value.split(',')) listed.add(token.trim().toLowerCase());
  }
  return (name) => HOP_BY_HOP.has(name) || listed.has(name);
}
