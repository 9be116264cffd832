export interface BatchBounds {
  readonly batchTextsMax: number;
  readonly batchCharactersMax: number;
}

/** Groups texts into batches, in order; an oversized text gets its own batch. */
export function batchesOf(texts: readonly string[], bounds: BatchBounds): string[][] {
  const batches: string[][] = [];
  let batch: string[] = [];
  let characters = 0;
  for (const text of texts) {
    const isFull =
      batch.length >= bounds.batchTextsMax || characters + text.length > bounds.batchCharactersMax;
    if (batch.length === 0 || isFull) {
      batch = [];
      characters = 0;
      batches.push(batch);
    }
    batch.push(text);
    characters += text.length;
  }
  return batches;
}
