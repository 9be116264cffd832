// Where the values of a JSON text stand after edits inside its strings, without reading it again: the
// tree is the same, only its places move.

import type { Entry, JsonNode, JsonString } from './parse.ts';
import type { Edit } from './edit.ts';
import { countBefore } from '../runtime/sorted.ts';

/** What a JSON string cannot hold as it is. */
// oxlint-disable-next-line no-control-regex
const ESCAPED = /["\\\u0000-\u001f]/;

/** A container that has its place, but not its parts yet. */
type Unfilled =
  | { readonly kind: 'object'; readonly from: readonly Entry[]; readonly to: Entry[] }
  | { readonly kind: 'array'; readonly from: readonly JsonNode[]; readonly to: JsonNode[] };

/**
 * The tree below `root` after edits that do not overlap. What stands before the first of them is shared
 * with the old tree. Undefined where an edit is not inside one string, or puts something there that has
 * to be read to know what it is: a quote, an escape.
 */
export function movedSpans(root: JsonNode, positionMap: PositionMap): JsonNode | undefined {
  if (positionMap.edits.some(({ text }) => ESCAPED.test(text))) return undefined;
  // Built from the top and without recursion, as bodies may be nested deeply.
  const unfilled: Unfilled[] = [];
  let inStrings = 0;

  const moveString = (value: JsonString): JsonString => {
    if (positionMap.isBefore(value)) return value;
    inStrings += positionMap.countIn(value);
    return positionMap.moved(value);
  };
  const move = (value: JsonNode): JsonNode => {
    if (value.kind === 'string') return moveString(value);
    if (positionMap.isBefore(value)) return value;
    if (value.kind === 'object') {
      const entries: Entry[] = [];
      unfilled.push({ kind: 'object', from: value.entries, to: entries });
      return { ...positionMap.moved(value), entries };
    }
    if (value.kind === 'array') {
      const items: JsonNode[] = [];
      unfilled.push({ kind: 'array', from: value.items, to: items });
      return { ...positionMap.moved(value), items };
    }
    return positionMap.moved(value);
  };

  const there = move(root);
  for (let next = unfilled.pop(); next; next = unfilled.pop()) {
    if (next.kind === 'array') for (const item of next.from) next.to.push(move(item));
    else {
      for (const { key, value } of next.from) {
        next.to.push({ key: moveString(key), value: move(value) });
      }
    }
  }
  return inStrings === positionMap.edits.length ? there : undefined;
}

/** How far the edits of a text move what stands behind them. */
export class PositionMap {
  /** In the order of the text. */
  readonly edits: readonly Edit[];
  /** By how many units what stands behind so many edits has moved. */
  readonly #unitsByCount: readonly number[];
  readonly #first: number;

  constructor(edits: readonly Edit[]) {
    this.edits = edits.toSorted((one, other) => one.start - other.start || one.end - other.end);
    let units = 0;
    const unitsByCount = this.edits.map(({ start, end, text }) => {
      units += text.length - (end - start);
      return units;
    });
    this.#unitsByCount = [0, ...unitsByCount];
    this.#first = this.edits[0]?.start ?? Infinity;
  }

  /** Whether a value ends before the first edit. */
  isBefore({ end }: JsonNode): boolean {
    return end <= this.#first;
  }

  moved<Value extends JsonNode>(value: Value): Value {
    return { ...value, start: this.#place(value.start), end: this.#place(value.end) };
  }

  /** How many edits are inside of a string, between its quotes. */
  countIn({ start, end }: JsonString): number {
    const from = countBefore(this.edits, start + 1);
    let to = countBefore(this.edits, end);
    // Only the last can reach beyond.
    if (to > from && (this.edits[to - 1]?.end ?? 0) >= end) to -= 1;
    return to - from;
  }

  #place(at: number): number {
    return at + (this.#unitsByCount[countBefore(this.edits, at)] ?? 0);
  }
}
