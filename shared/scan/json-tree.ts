// The tree of a body's values, from its index.

import type { JsonNode, JsonString, Property } from '../json/parse.ts';
import { finished } from '../runtime/finished.ts';
import {
  NO_STRING,
  NODE,
  NODE_KINDS,
  NODE_WORDS,
  type BodyIndex,
  type NodeKind,
} from './body-index.ts';

/** A container whose children are not complete. */
interface Open {
  readonly to: number;
  readonly items: JsonNode[] | undefined;
  readonly properties: Property[] | undefined;
}

/** Nodes read between two yields: less than a millisecond. */
const STEP_NODES = 4_096;

const numberOf = (kind: NodeKind): number => NODE_KINDS.indexOf(kind);
const OBJECT = numberOf('object');
const ARRAY = numberOf('array');
const KEY = numberOf('key');
const STRING = numberOf('string');

/** The tree that `scanJson` returns for the decoded body; its strings have their numbers in the index. */
export function jsonTree(index: Pick<BodyIndex, 'nodes'>, listedDepthMax?: number): JsonNode {
  return finished(treeSteps(index, listedDepthMax));
}

/** Like `jsonTree`, in steps. @param listedDepthMax values nested deeper are left out */
export function* treeSteps(
  { nodes }: Pick<BodyIndex, 'nodes'>,
  listedDepthMax = Infinity,
): Generator<void, JsonNode> {
  const root: JsonNode[] = [];
  const open: Open[] = [];
  let into: Open = { to: Infinity, items: root, properties: undefined };
  let key: JsonString | undefined;
  let read = 0;
  for (let at = 0; at < nodes.length; at += NODE_WORDS) {
    if (++read % STEP_NODES === 0) yield;
    while (at >= into.to) into = open.pop() ?? into;
    const kind = nodes[at] ?? 0;
    const start = nodes[at + NODE.startUnit] ?? 0;
    const end = nodes[at + NODE.endUnit] ?? 0;
    if (kind === KEY) {
      key = stringOf(start, end, nodes[at + NODE.string]);
      continue;
    }
    let value: JsonNode;
    let inside: Open | undefined;
    if (kind === STRING) {
      value = stringOf(start, end, nodes[at + NODE.string]);
    } else if (kind === OBJECT) {
      const properties: Property[] = [];
      value = { kind: 'object', start, end, properties };
      inside = { to: nextOf(nodes, at), items: undefined, properties };
    } else if (kind === ARRAY) {
      const items: JsonNode[] = [];
      value = { kind: 'array', start, end, items };
      inside = { to: nextOf(nodes, at), items, properties: undefined };
    } else {
      value = { kind: SCALARS[kind] ?? 'null', start, end };
    }
    if (into.properties) {
      if (key) into.properties.push({ key, value });
    } else into.items?.push(value);
    if (!inside) continue;
    if (open.length >= listedDepthMax) {
      at = inside.to - NODE_WORDS;
      continue;
    }
    open.push(into);
    into = inside;
  }
  const [value] = root;
  if (!value) throw new RangeError('an index without nodes has no tree');
  return value;
}

function stringOf(start: number, end: number, index: number | undefined): JsonString {
  if (index === NO_STRING || index === undefined) return { kind: 'string', start, end };
  return { kind: 'string', start, end, index };
}

/** Where the node after a container and its content is. */
function nextOf(nodes: Uint32Array, at: number): number {
  return (nodes[at + NODE.next] ?? 0) * NODE_WORDS;
}

type Scalar = Exclude<NodeKind, 'object' | 'array' | 'key' | 'string'>;

/** By the number of the kind. */
const SCALARS: readonly (Scalar | undefined)[] = NODE_KINDS.map((kind) =>
  kind === 'object' || kind === 'array' || kind === 'key' || kind === 'string' ? undefined : kind,
);
