// Splits Markdown line by line into headings, paragraphs, list items, code and tables. Deliberately not a
// full parser: those recurse, so a hostile file takes minutes or overflows the stack (marked 18: 38 s for
// 2,000 nested items). Unknown syntax is kept as a paragraph.

export type Block =
  | { readonly kind: 'heading'; readonly depth: number; readonly text: string }
  | TextBlock;

export interface TextBlock {
  /** `code` and `table` should not be split. */
  readonly kind: 'paragraph' | 'item' | 'code' | 'table';
  /** As in the source, without surrounding blank lines. */
  readonly text: string;
  /** The separator before it: a line end or a blank line. */
  readonly gap: '\n' | '\n\n';
}

/** Longer blocks are emitted in parts, so that the consumer can yield to the event loop. */
const BLOCK_LENGTH_MAX = 64 * 1024;
/** Front matter may precede the document; a longer block is a rule and text. */
const FRONT_MATTER_LENGTH_MAX = 4_096;

const HEADING = /^ {0,3}(#{1,6})[ \t]+\S/;
const SETEXT_UNDERLINE = /^ {0,3}(=+|-{3,})[ \t]*$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const ITEM = /^[ \t]*(?:[-*+•]|\d{1,9}[.)])[ \t]+\S/;
const ROW = /^[ \t]*\|/;
/** Indent and markers of a heading at the length limit. */
const MARKERS_LENGTH_MAX = 20;

/** Blocks in text order. A heading longer than `headingLengthMax` becomes a paragraph. */
export function* blocksOf(markdown: string, headingLengthMax: number): Generator<Block> {
  const scanner = new Scanner(headingLengthMax);
  const front = frontMatter(markdown);
  if (front !== '') yield { kind: 'code', text: front, gap: '\n\n' };
  for (const line of linesFrom(markdown, front.length)) yield* scanner.line(line);
  yield* scanner.end();
}

class Scanner {
  readonly #headingLengthMax: number;
  #lines: string[] = [];
  #length = 0;
  #kind: TextBlock['kind'] = 'paragraph';
  #gap: TextBlock['gap'] = '\n\n';
  /** The marker that closes the current code block. */
  #fence: string | undefined;

  constructor(headingLengthMax: number) {
    this.#headingLengthMax = headingLengthMax;
  }

  *line(line: string): Generator<Block> {
    if (this.#fence !== undefined) {
      yield* this.#add(line);
      if (!closesFence(line, this.#fence)) return;
      this.#fence = undefined;
      yield* this.#begin('paragraph');
      return;
    }
    if (line.trim() === '') {
      yield* this.#begin('paragraph');
      this.#gap = '\n\n';
      return;
    }
    const heading = this.#heading(line);
    if (heading) {
      yield* this.#begin('paragraph');
      yield heading;
      this.#gap = '\n\n';
      return;
    }
    this.#fence = FENCE.exec(line)?.[1];
    if (this.#fence !== undefined) yield* this.#begin('code');
    else if (ITEM.test(line)) yield* this.#begin('item');
    else if (ROW.test(line) !== (this.#kind === 'table'))
      yield* this.#begin(ROW.test(line) ? 'table' : 'paragraph');
    yield* this.#add(line);
  }

  *end(): Generator<Block> {
    const text = withoutBlankLines(this.#lines);
    this.#lines = [];
    this.#length = 0;
    if (text === '') return;
    yield { kind: this.#kind, text, gap: this.#gap };
    this.#gap = '\n';
  }

  *#begin(kind: TextBlock['kind']): Generator<Block> {
    yield* this.end();
    this.#kind = kind;
  }

  *#add(line: string): Generator<Block> {
    this.#lines.push(line);
    this.#length += line.length + 1;
    if (this.#length > BLOCK_LENGTH_MAX) yield* this.end();
  }

  /** An ATX heading, or the previous line if this one underlines it. */
  #heading(line: string): Block | undefined {
    if (line.length > this.#headingLengthMax + MARKERS_LENGTH_MAX) return undefined;
    const markers = HEADING.exec(line)?.[1];
    if (markers !== undefined) {
      return this.#fitting(
        markers.length,
        line
          .trim()
          .slice(markers.length)
          .replace(/[ \t]#+$/, ''),
      );
    }
    const [above, second] = this.#lines;
    const isUnderlined =
      this.#kind === 'paragraph' && second === undefined && SETEXT_UNDERLINE.test(line);
    if (above === undefined || !isUnderlined) return undefined;
    const heading = this.#fitting(line.trim().startsWith('=') ? 1 : 2, above);
    if (heading) this.#lines = [];
    return heading;
  }

  #fitting(depth: number, written: string): Block | undefined {
    const text = written.trim();
    const fits = text !== '' && text.length <= this.#headingLengthMax;
    return fits ? { kind: 'heading', depth, text } : undefined;
  }
}

function* linesFrom(text: string, from: number): Generator<string> {
  let start = from;
  for (let end = text.indexOf('\n', start); end >= 0; end = text.indexOf('\n', start)) {
    yield text.slice(start, end);
    start = end + 1;
  }
  yield text.slice(start);
}

/** Front matter between two rules at the very beginning; empty if there is none. */
function frontMatter(markdown: string): string {
  if (!markdown.startsWith('---\n')) return '';
  const end = markdown.slice(0, FRONT_MATTER_LENGTH_MAX).indexOf('\n---\n', 3);
  return end < 0 ? '' : markdown.slice(0, end + '\n---'.length);
}

function closesFence(line: string, fence: string): boolean {
  const markers = line.trim();
  return markers.startsWith(fence) && markers === markers.charAt(0).repeat(markers.length);
}

/** Keeps the first text line's indent. */
function withoutBlankLines(lines: readonly string[]): string {
  const first = lines.findIndex((line) => line.trim() !== '');
  return first < 0 ? '' : lines.slice(first).join('\n').trimEnd();
}
