// The nodes of a body after edits within its strings.

import type { EditPlaces } from '../json/byte-splice.ts';
import { NO_STRING, NODE, NODE_KINDS, NODE_WORDS } from './body-index.ts';

const OBJECT = NODE_KINDS.indexOf('object');
const ARRAY = NODE_KINDS.indexOf('array');
const KEY = NODE_KINDS.indexOf('key');
const STRING = NODE_KINDS.indexOf('string');

export interface MovedNodes {
  readonly nodes: Uint32Array;
  /** Numbers of the edited strings; absent if a key was edited, or a string that has none. */
  readonly edited: readonly number[] | undefined;
}

/** Nodes moved between two yields: less than a millisecond. */
const STEP_NODES = 16_384;

/**
 * Nodes at their places after edits, in steps; edited strings are not in the index any more. `undefined`
 * if an edit is not within one string.
 */
export function* movedNodes(
  nodes: Uint32Array,
  places: EditPlaces,
): Generator<void, MovedNodes | undefined> {
  const { count, starts, ends, unitShifts, byteShifts } = places;
  const moved = nodes.slice();
  const move = (at: number, unit: number, byte: number, before: number) => {
    moved[at + unit] = (nodes[at + unit] ?? 0) + (unitShifts[before] ?? 0);
    moved[at + byte] = (nodes[at + byte] ?? 0) + (byteShifts[before] ?? 0);
  };
  /** Edits before the node, and before its end. */
  let before = 0;
  let inStrings = 0;
  const edited: number[] = [];
  let areValues = true;
  let read = 0;
  for (let at = 0; at < nodes.length; at += NODE_WORDS) {
    if (++read % STEP_NODES === 0) yield;
    const kind = nodes[at + NODE.kind];
    const start = nodes[at + NODE.startUnit] ?? 0;
    const end = nodes[at + NODE.endUnit] ?? 0;
    while (before < count && (starts[before] ?? 0) < start) before += 1;
    move(at, NODE.startUnit, NODE.start, before);
    if (kind === OBJECT || kind === ARRAY) {
      move(at, NODE.endUnit, NODE.end, countBefore(starts, end));
      continue;
    }
    let inside = before;
    for (; inside < count && (starts[inside] ?? 0) < end; inside += 1) {
      const isWithin = (starts[inside] ?? 0) > start && (ends[inside] ?? 0) < end;
      if (!isWithin || (kind !== STRING && kind !== KEY)) return undefined;
    }
    move(at, NODE.endUnit, NODE.end, inside);
    if (inside === before) continue;
    const string = nodes[at + NODE.string] ?? NO_STRING;
    areValues &&= kind === STRING && string !== NO_STRING;
    edited.push(string);
    moved[at + NODE.string] = NO_STRING;
    inStrings += inside - before;
  }
  if (inStrings < count) return undefined;
  return { nodes: moved, edited: areValues ? edited : undefined };
}

/** A position in UTF-16 units after edits. */
export function movedPosition({ starts, unitShifts }: EditPlaces, position: number): number {
  return position + (unitShifts[countBefore(starts, position)] ?? 0);
}

/** How many edits start before `position`. */
function countBefore(starts: Uint32Array, position: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) < position) low = middle + 1;
    else high = middle;
  }
  return low;
}
