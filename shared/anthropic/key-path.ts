import { stringAt } from '../json/edit.ts';
import type { JsonObject, JsonString } from '../json/parse.ts';

/** Characters before a value that detectors inspect. */
const WORDS_LENGTH_MAX = 64;

const KEYS_MAX = 3;

type Property = JsonObject['properties'][number];

/** `"value"` with its quotes. */
const VALUE_KEY_LENGTH = 7;
const NAME_KEYS = new Set(['name', 'key']);

/**
 * Returns what names the value of a property: its key, or in a pair such as
 * `{"name": "DB_PASSWORD", "value": "…"}` the name beside it.
 */
export function namingString(
  text: string,
  { key }: Property,
  siblings: readonly Property[],
): JsonString {
  const isValue =
    key.end - key.start === VALUE_KEY_LENGTH && stringAt(text, key).toLowerCase() === 'value';
  if (!isValue) return key;
  const name = siblings.find((each) => NAME_KEYS.has(stringAt(text, each.key).toLowerCase()));
  return name?.value.kind === 'string' ? name.value : key;
}

/** The keys above a value, because some values are recognized only by their key. */
export class KeyPath {
  readonly #text: string;
  readonly #key: JsonString;
  readonly #parent: KeyPath | undefined;
  #words: string | undefined;

  constructor(text: string, key: JsonString, parent: KeyPath | undefined) {
    this.#text = text;
    this.#key = key;
    this.#parent = parent;
  }

  /** The last three keys, outermost first. */
  get words(): string {
    return (this.#words ??= this.#keys(KEYS_MAX).join(' ').slice(-WORDS_LENGTH_MAX));
  }

  #keys(count: number): string[] {
    const above = count > 1 && this.#parent ? this.#parent.#keys(count - 1) : [];
    return [...above, this.#name()];
  }

  /** The end of a long key is not decoded: every value below it would decode it again. */
  #name(): string {
    const { start, end } = this.#key;
    return end - start > 2 * WORDS_LENGTH_MAX
      ? this.#text.slice(end - 1 - WORDS_LENGTH_MAX, end - 1)
      : stringAt(this.#text, this.#key);
  }
}
