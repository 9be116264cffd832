// Narrows a span to what can be a name. Analyzers are trained on news: in technical text they take
// identifiers, paths and numbers for names, and replacing those would damage what an agent works on.

import type { Range } from '../detect/detector.ts';
import { labelOfEntity } from './entities.ts';
import type { Skipped } from './rules.ts';

/** How far a token is followed beyond a span. */
const TOKEN_CHARS = 200;
/** How far the backticks of a line are counted. */
const INLINE_CHARS = 400;

const TOKEN_CHAR = /[\p{L}\p{M}\p{N}_./\\:~@$#-]/u;
const EDGE = /^[.,:;*"'’“”()[\]-]+|[.,:;*"'’“”()[\]-]+$/g;
/** Marks of emphasis around a name: `_Ann Lee_`. */
const EMPHASIS = /^_+(?=\p{Lu})|(?<=\p{Ll})_+$/gu;
const DUNDER = /^__\w+__$/;
/** What stands around a word and belongs to no name. */
const BEFORE_WORD = /^[^\p{L}\p{N}#+]+/u;
const AFTER_WORD = /[^\p{L}\p{M}\p{N}.]+$/u;

const IDENTIFIER = /[_$#@{}<>=|~^*+\\[\]]|::|\w\(|\p{L}\.\p{Ll}|\p{Ll}\p{Lu}|\p{Lu}{3}\p{Ll}{2}/u;
/** Names that have a capital inside: McDonald, DeShawn, O’Neil. */
const INNER_CAPITAL =
  /^(?:\p{L}+-)*(?:Mc|Mac|De|Di|Du|Da|La|Le|Van|Von|Vander|Fitz|St|Ja|Ke|[ODL]['’])\p{Lu}\p{Ll}+(?:['’]s)?$/u;
const PATH = /:\/\/|\\|^[~.]{0,2}\/|\/.*\/|^[A-Za-z]:\\|\/[^/]*\.\p{L}\w{0,5}$/u;

/** A word of letters alone; a single one counts only where it is a word. */
const WORD =
  /(?<![\p{N}_])\p{L}[\p{L}\p{M}'’]+(?![\p{N}_])|[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u;

/** Words of programs that analyzers take for names. */
const TECHNICAL = new Set(
  (
    'error exception traceback warning assert null none nil nan true false undefined void string ' +
    'int float bool boolean object array dict list json yaml xml html css http https api url uri sql ' +
    'cli sdk npm pip git docker bash todo stdout stderr stdin localhost async await ok get post put delete'
  ).split(' '),
);

/** Kinds that consist of words, whatever the operator asked for. */
const NAMES = new Set(['NAME', 'LOCATION', 'ORG', 'GROUP']);

export interface PlausibleOptions {
  readonly skip: ReadonlySet<Skipped>;
  /** Entities that the operator asked for by name, which may consist of digits. */
  readonly asked: ReadonlySet<string>;
}

/** The part of a span of `entity` that can be what it says. */
export function plausible(
  text: string,
  span: Range,
  entity: string,
  { skip, asked }: PlausibleOptions,
): Range | undefined {
  const isName = NAMES.has(labelOfEntity(entity)) || !asked.has(entity);
  if (skip.has('inline_code') && isInlineCode(text, span)) return undefined;
  const words = wordsOf(text, span);
  const isWrong = (word: Range | undefined) =>
    word !== undefined && isTechnical(text, word, isName, skip);
  while (isWrong(words[0])) words.shift();
  while (isWrong(words.at(-1))) words.pop();
  const [first, last] = [words[0], words.at(-1)];
  if (!first || !last) return undefined;
  const value = text.slice(first.start, last.end);
  const before = BEFORE_WORD.exec(value)?.[0].length ?? 0;
  const after = AFTER_WORD.exec(value.slice(before))?.[0].length ?? 0;
  const range = { start: first.start + before, end: last.end - after };
  if (range.start >= range.end) return undefined;
  return isName && !WORD.test(text.slice(range.start, range.end)) ? undefined : range;
}

function wordsOf(text: string, { start, end }: Range): Range[] {
  return Array.from(text.slice(start, end).matchAll(/\S+/g), ({ 0: word, index }) => ({
    start: start + index,
    end: start + index + word.length,
  }));
}

function isTechnical(
  text: string,
  word: Range,
  isName: boolean,
  skip: ReadonlySet<Skipped>,
): boolean {
  const around = tokenAround(text, word);
  const token = around.replace(EDGE, '').replace(EMPHASIS, '');
  if (skip.has('paths') && PATH.test(token)) return true;
  if (!isName || !skip.has('code_lines')) return false;
  if (TECHNICAL.has(token.toLowerCase()) || DUNDER.test(around)) return true;
  return IDENTIFIER.test(token) && !INNER_CAPITAL.test(token);
}

/** The word with the characters of a path or an identifier around it. */
function tokenAround(text: string, { start, end }: Range): string {
  let from = start;
  while (from > start - TOKEN_CHARS && TOKEN_CHAR.test(text[from - 1] ?? '')) from -= 1;
  let to = end;
  while (to < end + TOKEN_CHARS && TOKEN_CHAR.test(text[to] ?? '')) to += 1;
  return text.slice(from, to);
}

/** Whether a span stands between two backticks of its line. */
function isInlineCode(text: string, { start, end }: Range): boolean {
  const before = text.slice(Math.max(0, start - INLINE_CHARS), start);
  const line = before.slice(before.lastIndexOf('\n') + 1);
  const ticks = line.match(/`+/g)?.length ?? 0;
  // In "it`s" it is an apostrophe.
  if (ticks % 2 === 0 || /[\p{L}\p{N}]`+[^`]*$/u.test(line)) return false;
  const after = text.slice(end, end + INLINE_CHARS);
  const close = after.indexOf('`');
  return close >= 0 && !after.slice(0, close).includes('\n');
}
