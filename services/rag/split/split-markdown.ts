// Cuts a document into passages along its own structure: a passage never crosses a heading, holds
// whole paragraphs, list items, tables and code where they fit, and begins with the last sentence of
// the one before it when both are of one section, so that a thought on the border is found.

import type { TimeSlice } from '../../../shared/runtime/time-slice.ts';
import type { Limits } from '../../../shared/limits.ts';
import { UnreadableDocumentError } from '../read/unreadable-document.ts';
import { blocksOf, type TextBlock } from './blocks.ts';
import { lastSentence, sentencesOf } from './sentences.ts';

export interface SplitPassage {
  readonly text: string;
  /** Titles of the sections around it, the outermost first. */
  readonly headings: readonly string[];
}

export type SplitLimits = Pick<
  Limits['documents'],
  'passageChars' | 'passageCharsMax' | 'overlapChars' | 'passagesMax' | 'titleCharsMax'
>;

/** The passages of a document; rejects when there are more than allowed, rather than lose some. */
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
 * One after the other. All that is not space comes in the order of the document, in the texts or as a
 * new heading; only what a passage repeats of the one before comes twice. A heading with nothing
 * under it is a passage of its own.
 */
export function* passagesOf(markdown: string, limits: SplitLimits): Generator<SplitPassage> {
  let path: readonly { readonly depth: number; readonly text: string }[] = [];
  let isBare = false;
  let section = new Section([], limits);

  const bare = function* (): Generator<SplitPassage> {
    const last = path.at(-1);
    if (!isBare || !last) return;
    yield { text: last.text, headings: path.slice(0, -1).map(({ text }) => text) };
  };

  for (const block of blocksOf(markdown, limits.titleCharsMax)) {
    if (block.kind === 'heading') {
      yield* section.end();
      if (block.depth <= (path.at(-1)?.depth ?? 0)) yield* bare();
      path = [...path.filter(({ depth }) => depth < block.depth), block];
      isBare = true;
      section = new Section(
        path.map(({ text }) => text),
        limits,
      );
    } else {
      isBare = false;
      yield* section.add(block);
    }
  }
  yield* section.end();
  yield* bare();
}

/** What stands under one heading, up to the next. */
class Section {
  readonly #headings: readonly string[];
  readonly #limits: SplitLimits;
  #text = '';
  /** Whether there is more in the text than what it repeats. */
  #isFresh = false;
  /** What the next passage repeats; undefined for the last sentence of this one. */
  #lead: string | undefined;

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
      // Room for what is repeated and a space.
      for (const chunk of chunksOf(block, passageCharsMax - overlapChars - 1)) {
        yield* this.#put(chunk, gap);
        gap = '';
        if (block.kind === 'table') this.#lead ??= tableHead(block.text, overlapChars);
      }
    }
    // The end of a table or of code says nothing by itself.
    this.#lead = block.kind === 'code' || block.kind === 'table' ? '' : undefined;
  }

  *end(): Generator<SplitPassage> {
    const text = this.#text.trim();
    if (this.#isFresh && text !== '') yield { text, headings: this.#headings };
    this.#text = '';
    this.#isFresh = false;
  }

  *#put(chunk: string, gap: string): Generator<SplitPassage> {
    const { passageChars, passageCharsMax } = this.#limits;
    const bound = this.#text.length < passageChars / 2 ? passageCharsMax : passageChars;
    let between = gap;
    if (this.#isFresh && this.#text.length + gap.length + chunk.length > bound) {
      const lead = this.#lead ?? lastSentence(this.#text.trimEnd(), this.#limits.overlapChars);
      if (gap === '' && /\s$/.test(this.#text) && !lead.endsWith('\n')) between = ' ';
      yield* this.end();
      const fits = lead.length + between.length + chunk.length <= passageCharsMax;
      this.#text = fits ? lead : '';
    }
    this.#text = this.#text === '' ? chunk : this.#text + between + chunk;
    this.#isFresh = true;
  }
}

/** Parts of a block that is too long for a passage: sentences, or the lines of code and tables. */
function* chunksOf(block: TextBlock, unitsMax: number): Generator<string> {
  if (block.kind !== 'code' && block.kind !== 'table') {
    yield* sentencesOf(block.text, unitsMax);
    return;
  }
  for (const line of block.text.split('\n')) {
    if (line.length < unitsMax) yield `${line}\n`;
    else yield* sentencesOf(`${line}\n`, unitsMax);
  }
}

/** The row of names and the rule below it: without them a row further down cannot be understood. */
function tableHead(text: string, unitsMax: number): string {
  const [names, rule] = text.slice(0, unitsMax).split('\n');
  const isHead = rule !== undefined && /^[ \t]*\|[-:| \t]+$/.test(rule);
  return isHead ? `${names}\n${rule}\n` : '';
}
