// What a cosine means. Models differ: of texts that have nothing to do with each other some make
// cosines around 0, others around 0.7, so that no one number tells near from far. The scale is
// therefore measured: a few questions and texts that are unrelated show where nothing begins.

import type { Embedder } from './embeddings.ts';

/** About nothing in common, in the forms in which people ask and write. */
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
  const cosines = questions.flatMap((question) => texts.map((text) => cosine(question, text)));
  return cosines.reduce((sum, value) => sum + value, 0) / cosines.length;
}

/** The cosine that is `share` of the way from unrelated to the same. */
export function cosineAt(share: number, unrelated: number): number {
  return unrelated + share * (1 - unrelated);
}

/** From -1 to 1; 0 where one of them has no direction. */
export function cosine(a: Float32Array, b: Float32Array): number {
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
