// Program text, by its language: a fenced block that names it, a first line that names its interpreter,
// or several lines near each other that hardly anybody writes as prose. Looked at line by line.

import * as z from 'zod';
import type { Range } from '../../detect/detector.ts';
import { CODE_LANGUAGES, LANGUAGES, languageOf, type Language } from '../code-languages.ts';
import type { TextMatcher } from '../matcher.ts';

/** Lines that tell must be this near each other. */
const NEAR_UNITS = 500;
/** Longer lines are looked at up to here: what tells stands at their beginning. */
const LINE_UNITS_MAX = 300;
const INDENT_UNITS_MAX = 20;

export const codeSchema = z.strictObject({
  type: z.literal('code'),
  /** Any of them without. */
  languages: z
    .array(z.enum(LANGUAGES, { error: `must be some of ${LANGUAGES.join(', ')}` }))
    .min(1, { error: 'must not be empty; leave it out for all' })
    .exactOptional(),
});

export function compileCode(input: z.output<typeof codeSchema>): TextMatcher {
  const languages: readonly Language[] = input.languages ?? LANGUAGES;
  return {
    kind: 'text',
    before: NEAR_UNITS + LINE_UNITS_MAX,
    after: NEAR_UNITS + LINE_UNITS_MAX,
    find: (view) => {
      const { text } = view;
      const lines = view.derived(linesOf);
      const found: Range[] = [];
      for (const { start, at } of lines) {
        if (!MAY_NAME.has(text.charCodeAt(at))) continue;
        const line = { start, end: lineEnd(text, start) };
        const named = namedIn(text.slice(line.start, line.end));
        if (named !== undefined && languages.includes(named)) found.push(line);
      }
      for (const language of languages) found.push(...toldIn(text, lines, language));
      return found.toSorted((one, other) => one.start - other.start);
    },
  };
}

/** Pairs of lines near each other that tell of the language. */
function toldIn(text: string, lines: readonly Line[], language: Language): Range[] {
  const found: Range[] = [];
  const tells = TELLING[language];
  let last = -Infinity;
  for (const { start, at } of lines) {
    tells.lastIndex = at;
    if (!tells.test(text) || tells.lastIndex > start + LINE_UNITS_MAX) continue;
    if (start - last <= NEAR_UNITS) found.push({ start: last, end: lineEnd(text, start) });
    last = start;
  }
  return found;
}

/** To be tried where a line starts in a text, as copies of all lines would take longer than the trial. */
const TELLING = Object.fromEntries(
  LANGUAGES.map((language) => {
    const { source, flags } = CODE_LANGUAGES[language].lines;
    // Nothing reaches into the next line.
    return [
      language,
      new RegExp(source.replaceAll(String.raw`\s`, String.raw`[^\S\n]`), `${flags}my`),
    ];
  }),
) as Readonly<Record<Language, RegExp>>;

/** How lines begin that may name a language, behind their indentation. */
const MAY_NAME = new Set(Array.from('>`~#', (character) => character.charCodeAt(0)));

const FENCE = /^[ \t>]{0,8}(?:```|~~~)[`~]{0,8}[ \t]*(?:\{?\.?)([A-Za-z0-9+#_-]{1,20})/;
/** Of the path to an interpreter the last part names it. */
const INTERPRETER = /([A-Za-z]+)[\d.]*$/;

/** The language that a line names. */
function namedIn(line: string): Language | undefined {
  const fence = FENCE.exec(line)?.[1];
  if (fence !== undefined) return languageOf(fence);
  if (!line.startsWith('#!')) return undefined;
  const words = line
    .slice(2)
    .trim()
    .split(/[ \t]+/);
  const program = words[0]?.endsWith('/env')
    ? words.find((word, at) => at > 0 && word !== '-S')
    : words[0];
  return languageOf(INTERPRETER.exec(program ?? '')?.[1] ?? '');
}

interface Line {
  readonly start: number;
  /** Where it goes on behind its indentation, of which so much is passed over. */
  readonly at: number;
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  for (let start = 0; ;) {
    let at = start;
    while (at < start + INDENT_UNITS_MAX && indents(text.charCodeAt(at))) at += 1;
    lines.push({ start, at });
    const next = text.indexOf('\n', at);
    if (next < 0) return lines;
    start = next + 1;
  }
}

/** Spaces of all kinds, but for the end of a line. */
function indents(unit: number): boolean {
  if (unit < 0x80) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d && unit !== 0x0a);
  return /\s/.test(String.fromCharCode(unit));
}

/** Where the line that starts there ends, or the part of it that is looked at. */
function lineEnd(text: string, start: number): number {
  const next = text.indexOf('\n', start);
  const end = next < 0 ? text.length : next;
  // Some write two characters where a line ends.
  const shown = text[end - 1] === '\r' && end > start ? end - 1 : end;
  return Math.min(shown, start + LINE_UNITS_MAX);
}
