// What the rag worker has put into conversations, as the store keeps it: each later turn of a
// conversation must have the same bytes at the same place, or signed thinking and the prompt cache of
// the upstream are lost.

/** Part of the store. A key is a hash of a conversation up to a turn, with whose it is. */
export interface Augmentations {
  /** The value of each key, in their order; undefined where there is none or it is over. Each lives `ttlMs` more. */
  augmentations(
    keys: readonly string[],
    nowMs: number,
    ttlMs: number,
  ): Promise<(string | undefined)[]>;
  /**
   * Keeps a value unless there is one already that is not `instead`, and gives the one that is kept
   * from then on: of two processes that decide for the same turn, both go on with the first.
   */
  saveAugmentation(
    key: string,
    value: string,
    options: {
      readonly nowMs: number;
      readonly ttlMs: number;
      readonly instead?: string | undefined;
    },
  ): Promise<string>;
}
