// Parses directives: `name=value` pairs separated by spaces. `directives.ts` defines the names; three
// kinds of value are parsed differently, because they may contain spaces.

import { badRequest } from './api-error.ts';

/** Raw values by name; a flag such as `unknown` has an empty value. */
export type RawPairs = Readonly<Record<string, string>>;

const OPENING = '[[simulate:';
const CLOSING = ']]';

/** Parses an `x-llmp-simulate` header. Throws a 400 error if it is malformed. */
export function readHeaderPairs(header: string): RawPairs {
  return scanPairs(header, 0, '').pairs;
}

/**
 * Extracts every `[[simulate: …]]` from a text. `rest` is the remaining text, trimmed if there was one.
 * Throws a 400 error if one is malformed or not closed.
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

/** The JSON at `at`, up to its matching bracket; it may contain spaces and `]]`. */
function jsonAt(source: string, at: number): string {
  const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]|[^"{}[\]]+/sy;
  token.lastIndex = at;
  const closers: string[] = [];
  do {
    const part = token.exec(source)?.[0];
    if (part === '{') closers.push('}');
    else if (part === '[') closers.push(']');
    else if (part === undefined || ('}]'.includes(part) && closers.pop() !== part)) {
      throw badRequest('simulate: input: the JSON is not complete');
    }
  } while (closers.length > 0);
  return source.slice(at, token.lastIndex);
}

/** The match of a sticky pattern at `at`, or an empty string. */
function matchAt(pattern: RegExp, source: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0] ?? '';
}
