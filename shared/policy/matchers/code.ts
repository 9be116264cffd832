// Finds program code by language: a fence or shebang that names it, or several distinctive lines
// near each other. Works line by line.

import * as z from 'zod';
import type { Range } from '../../privacy/detect/detector.ts';
import { CODE_LANGUAGES, LANGUAGES, languageOf, type Language } from '../code-languages.ts';
import type { TextMatcher } from '../matcher.ts';

/** Maximum distance of distinctive lines. */
const NEAR_CHARS = 500;
/** Only the beginning of longer lines is inspected. */
const LINE_LENGTH_MAX = 300;
/** Indentation that the language patterns allow. */
const INDENT_CHARS_MAX = 20;

const schema = z.strictObject({
  type: z.literal('code'),
  /** Any language by default. */
  languages: z
    .array(z.enum(LANGUAGES, { error: `must be some of ${LANGUAGES.join(', ')}` }))
    .min(1, { error: 'must not be empty; leave it out for all' })
    .exactOptional(),
});

export const codeMatcher = { schema, compile };

function compile(input: z.output<typeof schema>): TextMatcher {
  const languages: readonly Language[] = input.languages ?? LANGUAGES;
  return {
    kind: 'text',
    before: NEAR_CHARS + LINE_LENGTH_MAX,
    after: NEAR_CHARS + LINE_LENGTH_MAX,
    find: (view) => {
      const found: Range[] = [];
      const lastByLanguage = new Map<Language, Range>();
      for (const { start, end, named, beginning } of view.derived(linesOf)) {
        if (named !== undefined && languages.includes(named)) found.push({ start, end });
        for (const language of languages) {
          if (!CODE_LANGUAGES[language].lines.test(beginning)) continue;
          const last = lastByLanguage.get(language);
          if (last && start - last.start <= NEAR_CHARS) found.push({ start: last.start, end });
          lastByLanguage.set(language, { start, end });
        }
      }
      return found.toSorted((one, other) => one.start - other.start);
    },
  };
}

const FENCE = /^[ \t>]{0,8}(?:```|~~~)[`~]{0,8}[ \t]*(?:\{?\.?)([A-Za-z0-9+#_-]{1,20})/;
/** The last part of the interpreter's path. */
const INTERPRETER = /([A-Za-z]+)[\d.]*$/;

/** Returns the language that a fence or shebang names. */
function languageNamedIn(line: string): Language | undefined {
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
  /** The text the language patterns are tested on. */
  readonly beginning: string;
}

/** Returns the beginnings of all lines. */
function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start <= text.length;) {
    const next = text.indexOf('\n', start);
    const lineEnd = next < 0 ? text.length : next;
    // Excludes the CR of a CRLF line ending.
    const contentEnd = text[lineEnd - 1] === '\r' && lineEnd > start ? lineEnd - 1 : lineEnd;
    const end = Math.min(contentEnd, start + LINE_LENGTH_MAX);
    const line = text.slice(start, end);
    lines.push({ start, end, named: languageNamedIn(line), beginning: unindented(line) });
    start = lineEnd + 1;
  }
  return lines;
}

/**
 * Keeps two characters of indentation: the patterns match the same, with less backtracking. Deeper
 * indentation than INDENT_CHARS_MAX stays, because the patterns reject it.
 */
function unindented(line: string): string {
  const indent = line.search(/\S/);
  return indent > 2 && indent <= INDENT_CHARS_MAX ? line.slice(indent - 2) : line;
}
