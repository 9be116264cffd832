// How both adapters store a passage. Displayed fields are one JSON text, because neither Postgres nor C
// strings can hold every JavaScript string; external names become keys that are safe in file and table names.

import { createHash } from 'node:crypto';
import { termsOf } from './analyzer.ts';
import type { IndexedDocument, NewPassage, Passage } from './passage-index.ts';

/** A passage without its collection and position, which are columns. */
type ShownPassage = Omit<Passage, 'collection' | 'position'>;

/** Numbers in a vector: the maximum of pgvector. */
const DIMENSIONS_MAX = 16_000;

const SAFE_NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** The name itself if it is safe, otherwise a prefix that no safe name has plus a hash. */
export function keyOf(name: string): string {
  // Hashed as UTF-16, because UTF-8 maps all lone surrogates to the same bytes.
  return SAFE_NAME.test(name) ? name : `~${hash(Buffer.from(name, 'utf16le')).slice(0, 40)}`;
}

/** 32 hex digits for any name, short enough for table names. */
export function shortKeyOf(name: string): string {
  return hash(Buffer.from(keyOf(name), 'utf8')).slice(0, 32);
}

/** The document's own fields as one JSON text. */
export function encodeDocument({ collection: _collection, ...about }: IndexedDocument): string {
  return JSON.stringify(about satisfies Omit<IndexedDocument, 'collection'>);
}

export function decodeDocument(collection: string, about: string): IndexedDocument {
  return { collection, ...(JSON.parse(about) as Omit<IndexedDocument, 'collection'>) };
}

export function encodePassage({ id, title, source }: IndexedDocument, passage: NewPassage): string {
  const { headings, text } = passage;
  return JSON.stringify({ documentId: id, title, source, headings, text } satisfies ShownPassage);
}

export function decodePassage(collection: string, position: number, shown: string): Passage {
  const { documentId, title, source, headings, text } = JSON.parse(shown) as ShownPassage;
  return { collection, documentId, position, title, source, headings, text };
}

/** The search terms of the title, headings and text. */
export function searchedTerms({ title }: IndexedDocument, passage: NewPassage): string[] {
  const heads = passage.headings.includes(title) ? passage.headings : [title, ...passage.headings];
  return termsOf([...heads, passage.text].join('\n'));
}

/** Throws for vectors without a cosine, before anything is written. */
export function checkVector(vector: Float32Array): void {
  const { length } = vector;
  if (length < 1 || length > DIMENSIONS_MAX) {
    throw new RangeError(`a vector has ${length} dimensions, not 1 to ${DIMENSIONS_MAX}`);
  }
  if (!vector.every(Number.isFinite))
    throw new RangeError('a vector contains a value that is not a finite number');
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
