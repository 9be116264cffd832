// Puts texts into batches that an endpoint takes in one request.

export interface BatchBounds {
  readonly batchTextsMax: number;
  readonly batchCharactersMax: number;
}

/** In their order; a text that is longer than a batch may be has one of its own. */
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
