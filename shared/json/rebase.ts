import type { Property, JsonNode, JsonString, TextNode } from './parse.ts';
import { inTextOrder, type Edit } from './edit.ts';
import { finished } from '../runtime/finished.ts';
import { countBefore } from '../runtime/sorted.ts';

/** Characters that must be escaped in a JSON string. */
// oxlint-disable-next-line no-control-regex
const ESCAPED = /["\\\u0000-\u001f]/;

/** A container whose children have not been rebased. */
type Pending =
  | { readonly kind: 'object'; readonly from: readonly Property[]; readonly to: Property[] }
  | { readonly kind: 'array'; readonly from: readonly JsonNode[]; readonly to: JsonNode[] };

/**
 * Moves a parsed tree to its positions after edits, without parsing again. `undefined` if an edit is not
 * inside one string, or inserts characters that must be escaped although `isEscaped` is false.
 */
export function rebase(
  root: JsonNode,
  positionMap: PositionMap,
  options?: { readonly isEscaped?: boolean },
): JsonNode | undefined {
  return finished(rebaseSteps(root, positionMap, options));
}

/** Children moved, and edits read, between two yields: less than a millisecond. */
const STEP_CHILDREN = 1_024;
const STEP_EDITS = 4_096;

/** Like `rebase`, in steps. */
export function* rebaseSteps(
  root: JsonNode,
  positionMap: PositionMap,
  { isEscaped = false } = {},
): Generator<void, JsonNode | undefined> {
  if (!isEscaped && !(yield* needNoEscape(positionMap.edits))) return undefined;
  // Iterative, because bodies may be nested deeply.
  const pending: Pending[] = [];
  let editsInStrings = 0;

  const moveString = (value: JsonString): JsonString => {
    if (positionMap.isBefore(value)) return value;
    const edits = positionMap.countIn(value);
    editsInStrings += edits;
    const moved = positionMap.move(value);
    // No index has the edited text.
    return edits === 0 ? moved : { kind: 'string', start: moved.start, end: moved.end };
  };
  const move = (value: JsonNode): JsonNode => {
    if (value.kind === 'string') return moveString(value);
    if (positionMap.isBefore(value)) return value;
    if (value.kind === 'object') {
      const properties: Property[] = [];
      pending.push({ kind: 'object', from: value.properties, to: properties });
      return { ...positionMap.move(value), properties };
    }
    if (value.kind === 'array') {
      const items: JsonNode[] = [];
      pending.push({ kind: 'array', from: value.items, to: items });
      return { ...positionMap.move(value), items };
    }
    return positionMap.move(value);
  };

  const rebased = move(root);
  let moved = 0;
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (next.kind === 'array') {
      for (const item of next.from) {
        next.to.push(move(item));
        if (++moved % STEP_CHILDREN === 0) yield;
      }
    } else {
      for (const { key, value } of next.from) {
        next.to.push({ key: moveString(key), value: move(value) });
        if (++moved % STEP_CHILDREN === 0) yield;
      }
    }
  }
  return editsInStrings === positionMap.edits.length ? rebased : undefined;
}

/** Whether edits insert nothing that must be escaped in a JSON string. */
export function* needNoEscape(edits: readonly Edit[]): Generator<void, boolean> {
  for (const [index, { text }] of edits.entries()) {
    if (ESCAPED.test(text)) return false;
    if (index % STEP_EDITS === STEP_EDITS - 1) yield;
  }
  return true;
}

/** Maps positions in a text to positions after its edits. */
export class PositionMap {
  /** In text order. */
  readonly edits: readonly Edit[];
  /** Shift of a position by the number of edits before it. */
  readonly #shiftByCount: readonly number[];
  readonly #firstStart: number;

  private constructor(edits: readonly Edit[], shiftByCount: readonly number[]) {
    this.edits = edits;
    this.#shiftByCount = shiftByCount;
    this.#firstStart = edits[0]?.start ?? Infinity;
  }

  /** @param edits in any order */
  static *of(edits: readonly Edit[]): Generator<void, PositionMap> {
    const sorted = yield* inTextOrder(edits);
    let shift = 0;
    const shifts = [0];
    for (const { start, end, text } of sorted) {
      shift += text.length - (end - start);
      shifts.push(shift);
      if (shifts.length % STEP_EDITS === 0) yield;
    }
    return new PositionMap(sorted, shifts);
  }

  /** Whether a value ends before the first edit. */
  isBefore({ end }: JsonNode): boolean {
    return end <= this.#firstStart;
  }

  move<Value extends JsonNode>(value: Value): Value {
    return { ...value, start: this.#map(value.start), end: this.#map(value.end) };
  }

  /** Number of edits between the quotes of a string; none touch a number. */
  countIn({ start, end }: TextNode): number {
    const from = countBefore(this.edits, start + 1);
    let to = countBefore(this.edits, end);
    // Only the last one can extend beyond the string.
    if (to > from && (this.edits[to - 1]?.end ?? 0) >= end) to -= 1;
    return to - from;
  }

  #map(position: number): number {
    return position + (this.#shiftByCount[countBefore(this.edits, position)] ?? 0);
  }
}
