// Splits a document into passages along its structure. Passages never cross a heading, keep paragraphs,
// items, tables and code together where possible, and start with the previous passage's last sentence.

import type { TimeSlice } from '../../../shared/runtime/time-slice.ts';
import type { DocumentLimits } from '../../../shared/limits.ts';
import { UnreadableDocumentError } from '../read/unreadable-document.ts';
import { blocksOf, type TextBlock } from './blocks.ts';
import { lastSentence, sentencesOf } from './sentences.ts';

export interface SplitPassage {
  readonly text: string;
  /** Enclosing section titles, outermost first. */
  readonly headings: readonly string[];
}

export type SplitLimits = Pick<
  DocumentLimits,
  'passageChars' | 'passageCharsMax' | 'overlapChars' | 'passagesMax' | 'titleCharsMax'
>;

/** Rejects if there are more passages than allowed, rather than losing some. */
export async function splitMarkdown(
  markdown: string,
  limits: SplitLimits,
  timeSlice: TimeSlice,
): Promise<SplitPassage[]> {
  const passages: SplitPassage[] = [];
  for (const passage of passagesOf(markdown, limits)) {
    if (passages.length >= limits.passagesMax) {
      throw new UnreadableDocumentError('too_many_passages');
    }
    passages.push(passage);
    if (timeSlice.isDue()) await timeSlice.take();
  }
  return passages;
}

/**
 * Passages in document order. No text is lost: everything but white space appears in a text or as a
 * heading, and only the overlap appears twice. A heading without content is its own passage.
 */
export function* passagesOf(markdown: string, limits: SplitLimits): Generator<SplitPassage> {
  let path: readonly { readonly depth: number; readonly text: string }[] = [];
  let isEmptyHeading = false;
  let section = new Section([], limits);

  const emptyHeading = function* (): Generator<SplitPassage> {
    const last = path.at(-1);
    if (!isEmptyHeading || !last) return;
    yield { text: last.text, headings: path.slice(0, -1).map(({ text }) => text) };
  };

  for (const block of blocksOf(markdown, limits.titleCharsMax)) {
    if (block.kind === 'heading') {
      yield* section.end();
      if (block.depth <= (path.at(-1)?.depth ?? 0)) yield* emptyHeading();
      path = [...path.filter(({ depth }) => depth < block.depth), block];
      isEmptyHeading = true;
      section = new Section(
        path.map(({ text }) => text),
        limits,
      );
    } else {
      isEmptyHeading = false;
      yield* section.add(block);
    }
  }
  yield* section.end();
  yield* emptyHeading();
}

/** The content below one heading. */
class Section {
  readonly #headings: readonly string[];
  readonly #limits: SplitLimits;
  #text = '';
  /** Whether the text has more than the overlap. */
  #isFresh = false;
  /** The overlap for the next passage; `undefined` for the last sentence of this one. */
  #overlap: string | undefined;

  constructor(headings: readonly string[], limits: SplitLimits) {
    this.#headings = headings;
    this.#limits = limits;
  }

  *add(block: TextBlock): Generator<SplitPassage> {
    const { passageCharsMax, overlapChars } = this.#limits;
    if (block.text.length <= passageCharsMax) {
      yield* this.#put(block.text, block.gap);
    } else {
      let gap: string = block.gap;
      // Leaves space for the overlap and a separator.
      for (const chunk of chunksOf(block, passageCharsMax - overlapChars - 1)) {
        yield* this.#put(chunk, gap);
        gap = '';
        if (block.kind === 'table') this.#overlap ??= tableHead(block.text, overlapChars);
      }
    }
    // The end of a table or code block is meaningless out of context.
    this.#overlap = block.kind === 'code' || block.kind === 'table' ? '' : undefined;
  }

  *end(): Generator<SplitPassage> {
    const text = this.#text.trim();
    if (this.#isFresh && text !== '') yield { text, headings: this.#headings };
    this.#text = '';
    this.#isFresh = false;
  }

  *#put(chunk: string, gap: string): Generator<SplitPassage> {
    const { passageChars, passageCharsMax } = this.#limits;
    const lengthMax = this.#text.length < passageChars / 2 ? passageCharsMax : passageChars;
    let between = gap;
    if (this.#isFresh && this.#text.length + gap.length + chunk.length > lengthMax) {
      const overlap =
        this.#overlap ?? lastSentence(this.#text.trimEnd(), this.#limits.overlapChars);
      if (gap === '' && /\s$/.test(this.#text) && !overlap.endsWith('\n')) between = ' ';
      yield* this.end();
      const fits = overlap.length + between.length + chunk.length <= passageCharsMax;
      this.#text = fits ? overlap : '';
    }
    this.#text = this.#text === '' ? chunk : this.#text + between + chunk;
    this.#isFresh = true;
  }
}

/** Parts of a block that is too long: sentences, or lines of code and tables. */
function* chunksOf(block: TextBlock, lengthMax: number): Generator<string> {
  if (block.kind !== 'code' && block.kind !== 'table') {
    yield* sentencesOf(block.text, lengthMax);
    return;
  }
  for (const line of block.text.split('\n')) {
    if (line.length < lengthMax) yield `${line}\n`;
    else yield* sentencesOf(`${line}\n`, lengthMax);
  }
}

/** The header row and its rule; later rows are meaningless without them. */
function tableHead(text: string, lengthMax: number): string {
  const [names, rule] = text.slice(0, lengthMax).split('\n');
  const isHead = rule !== undefined && /^[ \t]*\|[-:| \t]+$/.test(rule);
  return isHead ? `${names}\n${rule}\n` : '';
}
