// Reads `.env` in the working directory. Node's parser skips a line that it cannot read, which would lose
// a setting silently, so the lines are checked here and only their values are left to it.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { ConfigError } from './config-error.ts';
import { COMPOSE_ONLY } from './settings.ts';

export interface EnvFile {
  /** Absolute. */
  readonly path: string;
  /** Variables that have their value from the file. */
  readonly names: ReadonlySet<string>;
}

const NAME = '.env';

/** Lines without a variable. */
const EMPTY = /[ \t]*(?:#[^\n]*)?(?:\n|$)/y;
const ASSIGNMENT = /[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*/y;
const LINE = /[^\n]*/y;

/**
 * Adds the variables of `.env` in `directory` to `environment`, whose own ones win, also empty ones.
 * Without such a file nothing changes.
 * @throws ConfigError that names the file and the line of everything that cannot be read
 */
export function loadEnvFile(
  environment: Record<string, string | undefined>,
  directory: string,
): EnvFile | undefined {
  const path = resolve(directory, NAME);
  const text = readIfExists(path);
  if (text === undefined) return undefined;
  const { values, issues } = readEnvText(text);
  if (issues.length > 0) {
    throw new ConfigError(issues.map(({ line, message }) => `${path}, line ${line}: ${message}`));
  }
  // Docker Compose reads the same file, and has variables of its own.
  const ignored: readonly string[] = COMPOSE_ONLY;
  const given = [...values].filter(
    ([name]) => environment[name] === undefined && !ignored.includes(name),
  );
  for (const [name, value] of given) environment[name] = value;
  return { path, names: new Set(given.map(([name]) => name)) };
}

interface EnvText {
  readonly values: ReadonlyMap<string, string>;
  /** Messages show no value. */
  readonly issues: readonly { readonly line: number; readonly message: string }[];
}

/** Of two lines for the same variable, the last one counts. */
export function readEnvText(source: string): EnvText {
  const text = source.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const values = new Map<string, string>();
  const issues: { line: number; message: string }[] = [];
  let line = 1;
  for (let at = 0; at < text.length;) {
    const empty = lengthAt(EMPTY, text, at);
    const entry = empty > 0 ? { end: at + empty } : readEntry(text, at);
    if ('issue' in entry) issues.push({ line, message: entry.issue });
    if ('name' in entry) values.set(entry.name, entry.value);
    line += text.slice(at, entry.end).split('\n').length - 1;
    at = entry.end;
  }
  return { values, issues };
}

type Entry =
  | { readonly end: number; readonly name: string; readonly value: string }
  | { readonly end: number; readonly issue: string };

/** One variable, whose quoted value may have several lines. */
function readEntry(text: string, at: number): Entry {
  const lineEnd = at + lengthAt(LINE, text, at);
  ASSIGNMENT.lastIndex = at;
  const [head = '', name] = ASSIGNMENT.exec(text) ?? [];
  if (name === undefined) return { end: lineEnd + 1, issue: 'must be NAME=value' };
  const start = at + head.length;
  const quote = text[start] ?? '';
  const isQuoted = quote !== '' && '\'"`'.includes(quote);
  const closing = isQuoted ? text.indexOf(quote, start + 1) : -1;
  if (isQuoted && closing < 0) {
    return { end: text.length, issue: `${name} has a quote that is not closed` };
  }
  const end = isQuoted ? closing + 1 + lengthAt(LINE, text, closing + 1) : lineEnd;
  const issue = isQuoted
    ? quotedIssue(text.slice(start, closing), text.slice(closing + 1, end), quote)
    : plainIssue(text.slice(start, end));
  if (issue !== undefined) return { end: end + 1, issue: `${name} ${issue}` };
  const value = parseEnv(text.slice(at, end))[name] ?? '';
  return { end: end + 1, name, value };
}

function quotedIssue(value: string, rest: string, quote: string): string | undefined {
  if (quote === '"' && value.endsWith('\\')) {
    return 'has a quote inside of quotes: put the value into single quotes';
  }
  return /^[ \t]*(#.*)?$/.test(rest) ? undefined : 'has text after its closing quote';
}

/** Docker Compose takes `a#b` as the value, and Node as `a`. */
function plainIssue(value: string): string | undefined {
  return /[^ \t]#/.test(value.replace(/(^|[ \t])#.*/, ''))
    ? 'has a # in its value: put the value into quotes, or a space before the comment'
    : undefined;
}

function lengthAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

function readIfExists(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    if (code === 'ENOENT') return undefined;
    throw new ConfigError([`${path}: cannot be read (${code})`]);
  }
}
