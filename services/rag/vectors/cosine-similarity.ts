// Calibrates cosines: unrelated texts score around 0 in some models and around 0.7 in others, so a few
// unrelated questions and texts measure where the scale begins.

import type { Embedder } from './embeddings.ts';

/** Unrelated to each other, in the forms that people ask and write. */
const QUESTIONS = [
  'How long should bread dough rise before baking?',
  'Which planet has the most moons?',
  'Who wrote the first violin concerto?',
  'When do swallows fly south?',
  'How is a mortgage rate calculated?',
  'What is the offside rule in football?',
];
const TEXTS = [
  'Change the oil of the engine every ten thousand kilometres, or once a year.',
  'The committee approved the minutes of its last meeting without a vote.',
  'Antibiotics do not help against a virus; rest and plenty of water do.',
  'To reset the router, hold the button on its back for ten seconds.',
  'The castle was built in the twelfth century and burnt down twice.',
  'Applicants must hand in two copies of their passport with the form.',
];

/** The mean cosine of unrelated questions and texts. */
export async function unrelatedCosine(embedder: Embedder, signal: AbortSignal): Promise<number> {
  const [questions, texts] = await Promise.all([
    embedder.embed(QUESTIONS, 'query', signal),
    embedder.embed(TEXTS, 'document', signal),
  ]);
  const cosines = questions.flatMap((question) =>
    texts.map((text) => cosineSimilarity(question, text)),
  );
  return cosines.reduce((sum, value) => sum + value, 0) / cosines.length;
}

/** The cosine at `share` of the way from unrelated to identical. */
export function cosineAt(share: number, unrelated: number): number {
  return unrelated + share * (1 - unrelated);
}

/** From -1 to 1; 0 if either vector is zero. */
export function cosineSimilarity(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (const [index, x] of a.entries()) {
    const y = b[index] ?? 0;
    dot += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  const lengths = Math.sqrt(squaresA * squaresB);
  return lengths === 0 ? 0 : dot / lengths;
}
