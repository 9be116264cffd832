// Searches the embedded index. FTS5 receives only our own quoted terms, so no character of a question
// acts as an operator.

import { questionTerms } from './analyzer.ts';
import type { SearchHit } from './passage-index.ts';
import { coverageOf, weightTerms, type WeightedQuestion } from './question.ts';
import type { CollectionFile, CollectionFiles } from './sqlite-files.ts';
import type { VectorCache } from './sqlite-vectors.ts';
import { decodePassage } from './stored-passage.ts';

interface Found {
  readonly passage: number;
  readonly score: number;
}

export function searchWords(
  files: CollectionFiles,
  collection: string,
  question: string,
  limit: number,
): SearchHit[] {
  const terms = questionTerms(question);
  const file = files.existing(collection);
  if (!file || terms.length === 0) return [];
  return file.transaction('read', () => {
    const weighed = weighIn(file, terms);
    if (weighed.weights.size === 0) return [];
    const found = file
      .prepare('SELECT rowid, rank FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?')
      .all([...weighed.weights.keys()].map((term) => `"${term}"`).join(' OR '), limit)
      .map(({ rowid, rank }) => ({ passage: Number(rowid), score: -Number(rank) }));
    return hitsOf(file, collection, found, weighed);
  });
}

export function searchVectors(
  files: CollectionFiles,
  vectors: VectorCache,
  collection: string,
  query: { readonly vector: Float32Array; readonly question: string },
  limit: number,
): SearchHit[] {
  const file = files.existing(collection);
  if (!file) return [];
  return file.transaction('read', () => {
    // The first read of the transaction takes the snapshot, so it must precede the version check.
    file.prepare('SELECT 1 FROM documents LIMIT 1').get();
    const found = vectors
      .nearest(collection, file, query.vector, limit)
      .map(({ passage, cosine }) => ({ passage, score: cosine }));
    if (found.length === 0) return [];
    return hitsOf(file, collection, found, weighIn(file, questionTerms(query.question)));
  });
}

function weighIn(file: CollectionFile, terms: readonly string[]): WeightedQuestion {
  const count = file.prepare('SELECT count(*) AS passages FROM passages').get();
  const frequency = file.prepare('SELECT doc FROM vocabulary WHERE term = ?');
  return weightTerms(terms, {
    passages: Number(count?.['passages']),
    frequency: (term) => Number(frequency.get(term)?.['doc'] ?? 0),
  });
}

function hitsOf(
  file: CollectionFile,
  collection: string,
  found: readonly Found[],
  weighed: WeightedQuestion,
): SearchHit[] {
  const row = file.prepare(
    `SELECT passages.position, passages.shown, words.terms FROM passages
      JOIN words ON words.rowid = passages.number WHERE passages.number = ?`,
  );
  return found.flatMap(({ passage, score }) => {
    const columns = row.get(passage);
    if (!columns) return [];
    const terms = new Set(String(columns['terms']).split(' '));
    return {
      passage: decodePassage(collection, Number(columns['position']), String(columns['shown'])),
      score,
      coverage: coverageOf(weighed, (term) => terms.has(term)),
    };
  });
}
