// Ranking quality of word search on Cranfield: 1,400 aerodynamics abstracts and 225 questions with human
// relevance judgements. Each abstract is one passage.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PassageIndex } from '../../../services/rag/passage-index/passage-index.ts';

/** Evaluates the first ten results; models never receive more. */
const DEPTH = 10;
/** Id field of the data set. */
const ID = '_id';
const never = new AbortController().signal;

export interface Quality {
  readonly ndcg: number;
  readonly recall: number;
  readonly questions: number;
}

/** Whether `folder` has all files of the data set. */
export function hasCranfield(folder: string): boolean {
  return ['corpus.jsonl', 'queries.jsonl', 'qrels.tsv'].every((name) =>
    existsSync(join(folder, name)),
  );
}

/** Indexes the data set and runs all of its questions. */
export async function measureQuality(index: PassageIndex, folder: string): Promise<Quality> {
  const collection = 'cranfield';
  for (const [id, { title, text }] of texts(folder, 'corpus.jsonl')) {
    const document = { collection, id, title, source: id, hash: id, revision: id };
    await index.replace(document, [{ headings: [title], text }]);
  }
  const gainsByQuestion = judgements(folder);
  const sums = { ndcg: 0, recall: 0, questions: 0 };
  for (const [id, { text }] of texts(folder, 'queries.jsonl')) {
    const gains = gainsByQuestion.get(id);
    if (!gains) continue;
    const hits = await index.searchWords(collection, text, DEPTH, never);
    const found = hits.map(({ passage }) => gains.get(passage.documentId) ?? 0);
    const best = [...gains.values()].toSorted((one, other) => other - one);
    sums.ndcg += discounted(found) / discounted(best);
    sums.recall += found.filter((gain) => gain > 0).length / gains.size;
    sums.questions += 1;
  }
  const { questions } = sums;
  return { ndcg: sums.ndcg / questions, recall: sums.recall / questions, questions };
}

function discounted(gains: readonly number[]): number {
  return gains.slice(0, DEPTH).reduce((sum, gain, at) => sum + gain / Math.log2(at + 2), 0);
}

function texts(folder: string, name: string): [id: string, { title: string; text: string }][] {
  return linesOf(folder, name).map((line) => {
    const { [ID]: id, title = '', text } = JSON.parse(line) as Record<string, string>;
    return [id ?? '', { title, text: text ?? '' }];
  });
}

/** Relevant documents per question. */
function judgements(folder: string): Map<string, Map<string, number>> {
  const gainsByQuestion = new Map<string, Map<string, number>>();
  for (const line of linesOf(folder, 'qrels.tsv').slice(1)) {
    const [question = '', document = '', gain] = line.split('\t');
    if (!(Number(gain) > 0)) continue;
    const gains = gainsByQuestion.get(question) ?? new Map<string, number>();
    gainsByQuestion.set(question, gains.set(document, Number(gain)));
  }
  return gainsByQuestion;
}

function linesOf(folder: string, name: string): string[] {
  return readFileSync(join(folder, name), 'utf8').trim().split('\n');
}
