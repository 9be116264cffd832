// Program text, by its language: a fenced block that names it, a first line that names its interpreter,
// or several lines near each other that hardly anybody writes as prose. Looked at line by line.

import * as z from 'zod';
import type { Range } from '../../privacy/detect/detector.ts';
import { CODE_LANGUAGES, LANGUAGES, languageOf, type Language } from '../code-languages.ts';
import type { TextMatcher } from '../matcher.ts';

/** Lines that tell must be this near each other. */
const NEAR_UNITS = 500;
/** Longer lines are looked at up to here: what tells stands at their beginning. */
const LINE_UNITS_MAX = 300;
/** What the languages allow for. */
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
      const found: Range[] = [];
      const telling = new Map<Language, Range>();
      for (const { start, end, named, beginning } of view.derived(linesOf)) {
        if (named !== undefined && languages.includes(named)) found.push({ start, end });
        for (const language of languages) {
          if (!CODE_LANGUAGES[language].lines.test(beginning)) continue;
          const last = telling.get(language);
          if (last && start - last.start <= NEAR_UNITS) found.push({ start: last.start, end });
          telling.set(language, { start, end });
        }
      }
      return found.toSorted((one, other) => one.start - other.start);
    },
  };
}

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

interface Line extends Range {
  readonly named: Language | undefined;
  /** What is held against the languages. */
  readonly beginning: string;
}

/** The beginnings of all lines. */
function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start <= text.length;) {
    const next = text.indexOf('\n', start);
    const lineEnd = next < 0 ? text.length : next;
    // Some write two characters where a line ends.
    const shown = text[lineEnd - 1] === '\r' && lineEnd > start ? lineEnd - 1 : lineEnd;
    const end = Math.min(shown, start + LINE_UNITS_MAX);
    const line = text.slice(start, end);
    lines.push({ start, end, named: namedIn(line), beginning: unindented(line) });
    start = lineEnd + 1;
  }
  return lines;
}

/**
 * With two units left of its indentation, which no language tells from more: each way to part it from
 * what follows is tried. From INDENT_UNITS_MAX on they do.
 */
function unindented(line: string): string {
  const units = line.search(/\S/);
  return units > 2 && units <= INDENT_UNITS_MAX ? line.slice(units - 2) : line;
}
