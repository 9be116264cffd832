// The form in which both adapters keep a passage. What is shown of it is one JSON text, since neither
// Postgres nor C strings hold every string of JavaScript; and names from outside become keys that are
// safe in file and table names.

import { createHash } from 'node:crypto';
import { limits } from '../../../shared/limits.ts';
import { termsOf } from './analyzer.ts';
import type { IndexedDocument, NewPassage, Passage } from './passage-index.ts';

/** A passage without its collection and place, which are columns. */
type Shown = Omit<Passage, 'collection' | 'position'>;

const SAFE_NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** A name as it is where that is safe; otherwise a mark that no safe name has, and its hash. */
export function keyOf(name: string): string {
  // As UTF-16, since lone surrogates are all the same in UTF-8.
  return SAFE_NAME.test(name) ? name : `~${hash(Buffer.from(name, 'utf16le')).slice(0, 40)}`;
}

/** 32 hex digits for a name of any form: for tables, whose names are short. */
export function shortKeyOf(name: string): string {
  return hash(Buffer.from(keyOf(name), 'utf8')).slice(0, 32);
}

/** What is kept of a document beside its passages; one JSON text for the same reason. */
export function writeAbout({ collection: _collection, ...about }: IndexedDocument): string {
  return JSON.stringify(about satisfies Omit<IndexedDocument, 'collection'>);
}

export function readAbout(collection: string, about: string): IndexedDocument {
  return { collection, ...(JSON.parse(about) as Omit<IndexedDocument, 'collection'>) };
}

export function writeShown({ id, title, source }: IndexedDocument, passage: NewPassage): string {
  const { headings, text } = passage;
  return JSON.stringify({ documentId: id, title, source, headings, text } satisfies Shown);
}

export function readShown(collection: string, position: number, shown: string): Passage {
  const { documentId, title, source, headings, text } = JSON.parse(shown) as Shown;
  return { collection, documentId, position, title, source, headings, text };
}

/** Everything that is searched: the document's title, the headings and the text. */
export function searchedTerms({ title }: IndexedDocument, passage: NewPassage): string[] {
  const heads = passage.headings.includes(title) ? passage.headings : [title, ...passage.headings];
  return termsOf([...heads, passage.text].join('\n'));
}

/** Throws for numbers that have no cosine, before anything is written. */
export function checkVector(vector: Float32Array): void {
  const { length } = vector;
  if (length < 1 || length > limits.index.dimensionsMax) {
    throw new RangeError(
      `a vector has ${length} dimensions, not 1 to ${limits.index.dimensionsMax}`,
    );
  }
  if (!vector.every(Number.isFinite)) throw new RangeError('a vector holds what is no number');
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
