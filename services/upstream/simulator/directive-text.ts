// Reads the written form of directives: `name=value` pairs between spaces. What a name means is in
// `directives.ts`; here only three kinds of value differ, because they may contain spaces.

import { badRequest } from './api-error.ts';

/** Values as written, by name; a flag such as `unknown` has the empty string. */
export type RawPairs = Readonly<Record<string, string>>;

const OPENING = '[[simulate:';
const CLOSING = ']]';

/** Pairs of an `x-llmp-simulate` header. Throws a 400 fault when they cannot be read. */
export function readHeaderPairs(header: string): RawPairs {
  return scanPairs(header, 0, '').pairs;
}

/**
 * Takes every `[[simulate: …]]` out of a text. `rest` is the text without them, trimmed only when
 * there was one. Throws a 400 fault when one cannot be read or is not closed.
 */
export function takeTextPairs(text: string): { pairs: RawPairs; rest: string } {
  let pairs: RawPairs = {};
  let rest = text;
  for (let start = rest.indexOf(OPENING); start >= 0; start = rest.indexOf(OPENING)) {
    const scanned = scanPairs(rest, start + OPENING.length, CLOSING);
    pairs = { ...pairs, ...scanned.pairs };
    rest = `${rest.slice(0, start)}${rest.slice(scanned.end)}`.trim();
  }
  return { pairs, rest };
}

function scanPairs(source: string, from: number, closing: string) {
  const pairs: Record<string, string> = {};
  let at = from;
  for (;;) {
    at += matchAt(/\s*/y, source, at).length;
    if (closing !== '' && source.startsWith(closing, at)) {
      return { pairs, end: at + closing.length };
    }
    if (at >= source.length) {
      if (closing === '') return { pairs, end: at };
      throw badRequest(`simulate: the directive is not closed by ${closing}`);
    }
    const name = matchAt(/[a-z-]+/y, source, at);
    if (name === '') throw badRequest(`simulate: cannot read "${source.slice(at, at + 40)}"`);
    at += name.length;
    let value = '';
    if (source[at] === '=') {
      value = valueAt(name, source, at + 1, closing);
      at += 1 + value.length;
    }
    pairs[name] = value;
  }
}

function valueAt(name: string, source: string, at: number, closing: string): string {
  if (name === 'input') return jsonAt(source, at);
  if (name === 'message' || name === 'text') {
    return matchAt(closing === '' ? /[^\n]*/y : /(?:(?!\]\])[^\n])*/y, source, at);
  }
  return matchAt(/[^\s\]]*/y, source, at);
}

/** JSON that begins at `at`, up to its matching bracket: it may hold spaces and `]]`. */
function jsonAt(source: string, at: number): string {
  const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]|[^"{}[\]]+/sy;
  token.lastIndex = at;
  const awaited: string[] = [];
  do {
    const chunk = token.exec(source)?.[0];
    if (chunk === '{') awaited.push('}');
    else if (chunk === '[') awaited.push(']');
    else if (chunk === undefined || ('}]'.includes(chunk) && awaited.pop() !== chunk)) {
      throw badRequest('simulate: input: the JSON is not complete');
    }
  } while (awaited.length > 0);
  return source.slice(at, token.lastIndex);
}

/** What a sticky pattern matches at `at`; empty when it does not. */
function matchAt(pattern: RegExp, source: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0] ?? '';
}
