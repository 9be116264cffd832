// The texts of a body after edits that decide nothing about which texts there are, nor what they are.

import type { EditPlaces } from '../json/byte-splice.ts';
import type { JsonString, TextNode } from '../json/parse.ts';
import { NO_STRING, NODE, NODE_WORDS, STRING, STRING_WORDS } from '../scan/body-index.ts';
import { movedPosition, type MovedNodes } from '../scan/moved-nodes.ts';
import type { TextFields } from './found-texts.ts';

export interface FieldsBefore {
  readonly fields: TextFields;
  /** Numbers of the strings whose values were read to find the texts; keys are always read. */
  readonly decisive: readonly number[];
  /** The strings of the index, as `BodyIndex` has them. */
  readonly strings: Uint32Array;
}

/** Nodes moved, and numbers read, between two yields: less than a millisecond. */
const STEP_NODES = 8_192;
const STEP_NUMBERS = 65_536;

/** The texts after edits, in steps; `undefined` if they must be found again. */
export function* movedFields(
  { fields, decisive, strings }: FieldsBefore,
  moved: MovedNodes,
  places: EditPlaces,
): Generator<void, TextFields | undefined> {
  // Citations are whole objects, and rare.
  if (fields.citations.length + fields.resultCitations.length > 0) return undefined;
  if (!(yield* isUndecided(moved.edited, decisive))) return undefined;
  const firstStart = places.starts[0] ?? Infinity;
  const moveString = (node: JsonString): JsonString => {
    const { kind, index } = node;
    if (node.end <= firstStart || index === undefined) return moveOther(node);
    const at = (strings[index * STRING_WORDS + STRING.node] ?? 0) * NODE_WORDS;
    const start = moved.nodes[at + NODE.startUnit] ?? 0;
    const end = moved.nodes[at + NODE.endUnit] ?? 0;
    const isEdited = moved.nodes[at + NODE.string] === NO_STRING;
    return isEdited ? { kind, start, end } : { kind, start, end, index };
  };
  const moveOther = <Node extends TextNode>(node: Node): Node => {
    if (node.end <= firstStart) return node;
    const [start, end] = [movedPosition(places, node.start), movedPosition(places, node.end)];
    return { ...node, start, end };
  };
  const move = (node: TextNode): TextNode =>
    node.kind === 'string' ? moveString(node) : moveOther(node);
  return {
    ...fields,
    texts: yield* moveAll(fields.texts, move),
    identifiers: yield* moveAll(fields.identifiers, move),
    verbatim: yield* moveAll(fields.verbatim, move),
    credentials: yield* moveAll(fields.credentials, move),
    documents: yield* moveAll(fields.documents, (node) => node && moveString(node)),
  };
}

function* moveAll<Node>(
  nodes: readonly Node[],
  move: (node: Node) => Node,
): Generator<void, Node[]> {
  const all: Node[] = [];
  for (const node of nodes) {
    all.push(move(node));
    if (all.length % STEP_NODES === 0) yield;
  }
  return all;
}

/** Whether only values were edited, and none of these. */
function* isUndecided(
  edited: MovedNodes['edited'],
  decisive: readonly number[],
): Generator<void, boolean> {
  if (!edited) return false;
  const numbers = new Set(edited);
  for (const [index, number] of decisive.entries()) {
    if (numbers.has(number)) return false;
    if (index % STEP_NUMBERS === STEP_NUMBERS - 1) yield;
  }
  return true;
}
