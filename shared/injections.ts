// What the rag room has put into conversations, as the store keeps it: each later turn of a
// conversation must have the same bytes at the same place, or signed thinking and the prompt cache of
// the upstream are lost.

/** Part of the store. Keys are hashes of conversation prefixes, within the key they belong to. */
export interface Injections {
  /** The value of each key, in their order; undefined where there is none or it is over. Lives `ttlMs` longer. */
  injections(
    keys: readonly string[],
    nowMs: number,
    ttlMs: number,
  ): Promise<(string | undefined)[]>;
  /**
   * Keeps a value unless there is one already, and gives the one that is kept from then on: of two
   * processes that decide for the same turn, both go on with the first.
   */
  keepInjection(key: string, value: string, nowMs: number, ttlMs: number): Promise<string>;
}
