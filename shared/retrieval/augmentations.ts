// Saved augmentations: the text the rag worker added to a conversation. Later turns must repeat the same
// bytes at the same place, or signed thinking becomes invalid and the upstream's prompt cache is lost.

/** Part of the store. A key is a hash of a tenant and a conversation up to a turn. */
export interface Augmentations {
  /** The value of each key, `undefined` when there is none or it has expired. Extends each by `ttlMs`. */
  augmentations(
    keys: readonly string[],
    nowMs: number,
    ttlMs: number,
  ): Promise<(string | undefined)[]>;
  /**
   * Saves the value unless another one exists that is not `instead`, so that two processes with the same
   * turn agree on the first.
   * @returns The value that is now stored.
   */
  saveAugmentation(key: string, value: string, options: SaveOptions): Promise<string>;
}

export interface SaveOptions {
  readonly nowMs: number;
  readonly ttlMs: number;
  readonly instead?: string | undefined;
}
