// A map of texts that stays quick to extend: a single map of a million entries takes 50 ms to grow.

/** Entries that one map holds: it grows in less than a millisecond. */
const FIRST_MAX = 4_096;
/** Number of small maps for further entries; a power of two. */
const MAPS = 1_024;
/** Characters of a key that choose its map, spread over the key. */
const SAMPLES = 12;

export class LargeMap<Value> {
  readonly #first = new Map<string, Value>();
  readonly #maps: Map<string, Value>[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): Value | undefined {
    const value = this.#first.get(key);
    if (value !== undefined || this.#maps.length === 0) return value;
    return this.#maps[mapOf(key)]?.get(key);
  }

  has(key: string): boolean {
    if (this.#first.has(key)) return true;
    return this.#maps.length > 0 && (this.#maps[mapOf(key)]?.has(key) ?? false);
  }

  set(key: string, value: Value): void {
    const isFirst = this.#first.size < FIRST_MAX || this.#first.has(key);
    const map = isFirst ? this.#first : (this.#maps[mapOf(key)] ??= new Map<string, Value>());
    const before = map.size;
    map.set(key, value);
    this.#size += map.size - before;
  }

  /** In no particular order. */
  *[Symbol.iterator](): Generator<[string, Value]> {
    yield* this.#first;
    for (const map of this.#maps) if (map) yield* map;
  }
}

function mapOf(key: string): number {
  const stride = key.length <= SAMPLES ? 1 : Math.floor(key.length / SAMPLES);
  let hash = key.length;
  for (let at = key.length - 1, left = SAMPLES; at >= 0 && left > 0; at -= stride, left -= 1) {
    hash = (Math.imul(hash, 31) + key.charCodeAt(at)) | 0;
  }
  return (hash ^ (hash >>> 15)) & (MAPS - 1);
}
