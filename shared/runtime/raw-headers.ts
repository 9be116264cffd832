// Raw header pairs `[name, value, name, value, …]`, which preserve case, order and repetition.

/** Iterates over the pairs of a raw list. */
export function* pairsOf(raw: readonly string[]): Generator<readonly [string, string]> {
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index];
    const value = raw[index + 1];
    if (name !== undefined && value !== undefined) yield [name, value];
  }
}

/** The first value of a header. @param name in lower case */
export function headerOf(raw: readonly string[], name: string): string | undefined {
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const key = raw[at];
    if (key?.length === name.length && key.toLowerCase() === name) return raw[at + 1];
  }
  return undefined;
}

/** Whether the content type of a response is `text/event-stream`. */
export function isEventStream(raw: readonly string[]): boolean {
  const type = headerOf(raw, 'content-type')?.trim().toLowerCase();
  return type?.startsWith('text/event-stream') ?? false;
}

/** The pairs whose lower-case name satisfies `keep`, as a raw list. */
export function keepHeaders(raw: readonly string[], keep: (name: string) => boolean): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at];
    const value = raw[at + 1];
    if (name !== undefined && value !== undefined && keep(name.toLowerCase()))
      kept.push(name, value);
  }
  return kept;
}

/** The pairs, with characters that Node refuses to send percent-encoded. */
export function legalHeaders(raw: readonly string[]): string[] {
  return raw.map((part, index) =>
    index % 2 === 0 || !HAS_ILLEGAL.test(part) ? part : part.replace(ILLEGAL, percentEncoded),
  );
}

/** Everything but tabs and visible characters of Latin-1 (RFC 9110, section 5.5). */
const ILLEGAL = /[^\t\u0020-\u007e\u0080-\u00ff]+/g;
const HAS_ILLEGAL = new RegExp(ILLEGAL.source);

function percentEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** Replaces all pairs that have a name in `replacements`. */
export function replaceHeaders(raw: readonly string[], replacements: readonly string[]): string[] {
  const names = new Set(Array.from(pairsOf(replacements), ([name]) => name.toLowerCase()));
  return [...keepHeaders(raw, (name) => !names.has(name)), ...replacements];
}

/** Headers of one connection rather than the message (RFC 9110, section 7.6.1). */
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

/** @returns a test for hop-by-hop names, including those listed in the `connection` header. */
export function hopByHop(raw: readonly string[]): (name: string) => boolean {
  const listed = new Set<string>();
  for (const [name, value] of pairsOf(raw)) {
    if (name.toLowerCase() !== 'connection') continue;
    for (const token of value.split(',')) listed.add(token.trim().toLowerCase());
  }
  return (name) => HOP_BY_HOP.has(name) || listed.has(name);
}
