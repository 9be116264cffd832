// Finds the prose of a text. Fenced code and lines of code are left out, because an analyzer takes their
// identifiers for names; an unclosed fence is prose, because nothing says where its code ends.

import type { Range } from '../detect/detector.ts';
import type { Skipped } from './rules.ts';

/** Characters of lines read between two yields: some two milliseconds. */
const SLICE_CHARS = 16_384;
/** Longer lines are no statements. */
const LINE_CHARS_MAX = 400;
/** Longer runs of ASCII are base64, minified code and the like. */
const RUN_CHARS_MAX = 200;
/** Characters of a long line read between two yields. */
const STRETCH_CHARS = 16_384;
const NOT_IN_RUN = /[^!-~]/g;

const FENCE = /^(?:[ \t>]{0,12}|[ \t]*[-*+] )(`{3,64}|~{3,64})[ \t]*([^\s`]{0,40})/;
/** Languages of fences that hold prose. */
const PROSE_FENCES = new Set(
  'text txt plain plaintext md markdown mdx email eml mail quote csv tsv'.split(' '),
);

/** Statements, without the space around them, whose form no sentence has. */
const STATEMENTS: readonly RegExp[] = [
  // Frames of stack traces.
  /^at (?:async )?[\w$.<>[\]# ]+ ?\([^()]*[./\\][^()]*:\d+\)$/,
  /^at (?:file:|node:|https?:|\/|[A-Za-z]:\\)\S*:\d+$/,
  /^(?:File "[^"]+", line \d+.*|Traceback \(most recent call last\):|\^+)$/,
  // Imports and declarations.
  /^(?:import|export)\b.*\bfrom ['"][^'"]*['"];?$/,
  /^(?:import ['"][^'"]*['"];?|import [\w.]+(?: as \w+)?;?|from [\w.]+ import [\w*, ()]+)$/,
  /^(?:#include\s*[<"]|using [\w.:]+;$|package [\w.]+;$|use [\w]+::|require\(['"])/,
  /^(?:(?:export|default|public|private|protected|static|async|final|abstract|pub|override) )*(?:(?:def|function\*?|func|fn) [\w.$]+ ?[(<]|function ?\*? ?\()/,
  /^(?:(?:export|default|public|private|protected|static|final|abstract|pub) )*(?:class|interface|struct|enum|trait|impl|type|namespace) [\w.$]+(?:<[^<>]*>)?(?: (?:extends|implements|for) [\w.$<>, ]+)?(?:\([\w., =]*\))? ?(?:[{:]$|=)/,
  /^(?:export )?(?:const|let|var|val) (?:[\w$]+|[{[][^=]*[}\]])(?:: [^=]+)? ?=(?!=)/,
  // Control flow and calls.
  /^(?:\}? ?(?:if|else if|for|while|switch|catch|foreach) ?\(.*\) ?[{;:]?|\}? ?else ?\{|try ?\{)$/,
  /^(?:return|throw|raise|yield|await|assert|new)\b[^.!?]*(?:[=[{][^.!?]*;|[\w$]\([^()]*\);?)$/,
  /^(?:[\w$.[\]]+\(.*\)(?:;| ?\{| ?=> ?\{)|[a-z_$][\w$.[\]]*\(.*\)[,:]?)$/,
  /^(?:@[\w.]+\([^()]*\)|[{}()[\];,]+|<\/?[a-z][\w-]*(?: [^<>=]*=[^<>]*)?\/?>)$/,
  // Changes.
  /^(?:diff --git |index [0-9a-f]{7,}\.\.|@@ -\d|(?:---|\+\+\+) [ab]\/)/,
];

/** What each of them has. */
const STATEMENT_PART = /[(){}[\];=<>@"'/\\^]|^(?:import|from|Traceback|diff|index) /;

/** Ranges of prose, which end with lines. */
export function* proseOf(
  text: string,
  skip: ReadonlySet<Skipped>,
): Generator<void, readonly Range[]> {
  const segments: Range[] = [];
  const fences = skip.has('fenced_code') ? yield* fencesOf(text) : [];
  let from = 0;
  const add = (to: number) => void (to > from && segments.push({ start: from, end: to }));
  let fence = 0;
  let yieldAt = SLICE_CHARS;
  for (let at = 0; at < text.length;) {
    const block = fences[fence];
    if (block && at >= block.start) {
      add(block.start);
      at = from = block.end;
      fence += 1;
      continue;
    }
    const end = lineEnd(text, at);
    if (skip.has('code_lines')) {
      for (const code of end - at > LINE_CHARS_MAX
        ? yield* runsIn(text, at, end)
        : codeIn(text, at, end)) {
        add(code.start);
        from = code.end;
      }
    }
    at = end;
    if (at >= yieldAt) {
      yieldAt = at + SLICE_CHARS;
      yield;
    }
  }
  add(text.length);
  return segments;
}

/** Fenced blocks with their fences, without those of prose. */
function* fencesOf(text: string): Generator<void, Range[]> {
  const blocks: Range[] = [];
  let open: { start: number; mark: string; isProse: boolean } | undefined;
  let yieldAt = SLICE_CHARS;
  for (let at = 0; at < text.length;) {
    const end = lineEnd(text, at);
    const fence = FENCE.exec(text.slice(at, Math.min(end, at + LINE_CHARS_MAX)));
    const [, mark = '', language = ''] = fence ?? [];
    if (fence && !open) {
      open = { start: at, mark, isProse: PROSE_FENCES.has(language.toLowerCase()) };
    } else if (open && mark.startsWith(open.mark) && language === '') {
      if (!open.isProse) blocks.push({ start: open.start, end });
      open = undefined;
    }
    at = end;
    if (at >= yieldAt) {
      yieldAt = at + SLICE_CHARS;
      yield;
    }
  }
  return blocks;
}

/** After the line feed. */
function lineEnd(text: string, at: number): number {
  const feed = text.indexOf('\n', at);
  return feed < 0 ? text.length : feed + 1;
}

/** The line, if it is code. */
function codeIn(text: string, start: number, end: number): Range[] {
  const line = text.slice(start, end).trim();
  return STATEMENT_PART.test(line) && STATEMENTS.some((statement) => statement.test(line))
    ? [{ start, end }]
    : [];
}

/** Long runs without a space in a long line. */
function* runsIn(text: string, start: number, end: number): Generator<void, Range[]> {
  const runs: Range[] = [];
  for (let from = start; from < end; from += STRETCH_CHARS) {
    const to = Math.min(end, from + STRETCH_CHARS);
    const stretch = text.slice(from, to);
    let at = 0;
    const add = (until: number) => {
      if (until - at > RUN_CHARS_MAX) runs.push({ start: from + at, end: from + until });
    };
    for (const { index } of stretch.matchAll(NOT_IN_RUN)) {
      add(index);
      at = index + 1;
    }
    add(stretch.length);
    yield;
  }
  return runs;
}
