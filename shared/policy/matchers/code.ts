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
    find: ({ text }) => {
      const found: Range[] = [];
      const telling = new Map<Language, Range>();
      for (const line of linesOf(text)) {
        const start = text.slice(line.start, line.end);
        const named = namedIn(start);
        if (named !== undefined && languages.includes(named)) found.push(line);
        for (const language of languages) {
          if (!CODE_LANGUAGES[language].lines.test(start)) continue;
          const last = telling.get(language);
          if (last && line.start - last.start <= NEAR_UNITS) {
            found.push({ start: last.start, end: line.end });
          }
          telling.set(language, line);
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

/** The beginnings of all lines. */
function* linesOf(text: string): Generator<Range> {
  let start = 0;
  while (start <= text.length) {
    const next = text.indexOf('\n', start);
    const end = next < 0 ? text.length : next;
    // Some write two characters where a line ends.
    const shown = text[end - 1] === '\r' && end > start ? end - 1 : end;
    yield { start, end: Math.min(shown, start + LINE_UNITS_MAX) };
    start = end + 1;
  }
}
