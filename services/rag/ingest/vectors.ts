import type { EmbeddingsLimits } from '../../../shared/limits.ts';
import type { Embedder } from '../vectors/embeddings.ts';
import type { SplitPassage } from '../split/split-markdown.ts';

/** Embeds passages in slices, in order; `done` receives the completed share after each slice. */
export async function vectorsOf(
  embedder: Embedder,
  passages: readonly SplitPassage[],
  { batchTextsMax, requestsMax }: EmbeddingsLimits,
  signal: AbortSignal,
  done: (share: number) => Promise<void>,
): Promise<Float32Array[]> {
  const vectors: Float32Array[] = [];
  const sliceSize = batchTextsMax * requestsMax;
  for (let at = 0; at < passages.length; at += sliceSize) {
    const texts = passages.slice(at, at + sliceSize).map(textOf);
    vectors.push(...(await embedder.embed(texts, 'document', signal)));
    await done(vectors.length / passages.length);
  }
  return vectors;
}

/** Includes the headings, because a passage alone may not name its subject. */
function textOf({ text, headings }: SplitPassage): string {
  return headings.length > 0 ? `${headings.join(' › ')}\n${text}` : text;
}
