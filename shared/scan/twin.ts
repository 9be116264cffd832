// The kernel in plain TypeScript: what it does, without how it is fast. Tests hold both equal; nothing else
// uses it.

import { binaryTextOf } from '../json/binary-text.ts';
import { stringAt } from '../json/edit.ts';
import { scanJson, type JsonNode, type JsonString } from '../json/parse.ts';
import {
  ESCAPED,
  NO_NODE,
  NODE,
  NODE_KINDS,
  NODE_WORDS,
  NOT_ASCII,
  OMITTED,
  UNIT_BITS_SHIFT,
  type BodyIndex,
  type IndexBounds,
  type NodeKind,
} from './body-index.ts';
import { checkProgram, type ScanProgram } from './program.ts';
import type { BodyScanner } from './scanner.ts';
import { sipHash128 } from './sip-hash.ts';
import { triggersIn } from './triggers.ts';

/** A value with its positions in bytes and in UTF-16 units. */
interface Both<Node extends JsonNode> {
  readonly bytes: Node;
  readonly units: Node;
}

/** Like `createKernel`. */
export function createTwin(program: ScanProgram, key: Uint8Array): BodyScanner {
  checkProgram(program);
  return {
    program,
    // oxlint-disable-next-line require-yield
    *steps(bytes, bounds) {
      return new Twin(program, key, bytes, bounds).index();
    },
    *search(text) {
      yield Uint32Array.from(Array.from(triggersIn(text, program)).flat());
    },
  };
}

class Twin {
  readonly #program: ScanProgram;
  readonly #key: Uint8Array;
  readonly #bounds: IndexBounds;
  readonly #bytes: Uint8Array;
  readonly #text: string;
  readonly #nodes: number[] = [];
  readonly #strings: number[] = [];
  #candidates: number[] = [];

  constructor(program: ScanProgram, key: Uint8Array, bytes: Uint8Array, bounds: IndexBounds) {
    this.#program = program;
    this.#key = key;
    this.#bounds = bounds;
    this.#bytes = bytes;
    this.#text = Buffer.from(bytes).toString('utf8');
  }

  index(): BodyIndex {
    const { depthMax, valuesMax, listedDepthMax = Infinity } = this.#bounds;
    const bounds = { depthMax, valuesMax, listedDepthMax };
    const units = scanJson(this.#text, bounds);
    // JSON syntax is ASCII, so bytes that stand for characters give the same tree in other positions.
    const bytes = scanJson(binaryTextOf(this.#bytes), bounds);
    this.#add({ bytes, units }, NO_NODE);
    return {
      nodes: Uint32Array.from(this.#nodes),
      strings: Uint32Array.from(this.#strings),
      candidates: Uint32Array.from(this.#candidates),
    };
  }

  #add(value: Both<JsonNode>, parent: number): void {
    const { bytes, units } = value;
    const node = this.#addNode(value, bytes.kind, parent);
    if (units.kind === 'string') this.#addString(units, node);
    if (bytes.kind === 'array' && units.kind === 'array') {
      for (const [index, item] of bytes.items.entries()) {
        this.#add({ bytes: item, units: units.items[index] ?? item }, node);
      }
    }
    if (bytes.kind === 'object' && units.kind === 'object') {
      for (const [index, property] of bytes.properties.entries()) {
        const { key, value: inner } = units.properties[index] ?? property;
        const keyNode = this.#addNode({ bytes: property.key, units: key }, 'key', node);
        this.#addString(key, keyNode);
        this.#add({ bytes: property.value, units: inner }, node);
      }
    }
    this.#nodes[node * NODE_WORDS + NODE.next] = this.#nodes.length / NODE_WORDS;
  }

  #addNode({ bytes, units }: Both<JsonNode>, kind: NodeKind, parent: number): number {
    const node = this.#nodes.length / NODE_WORDS;
    const string = kind === 'key' || kind === 'string' ? this.#strings.length / 8 : 0;
    const number = NODE_KINDS.indexOf(kind);
    const [start, end] = [units.start, units.end];
    this.#nodes.push(number, bytes.start, bytes.end, parent, node + 1, start, end, string);
    return node;
  }

  #addString(literal: JsonString, node: number): void {
    const { candidatesMax, readsTexts = true } = this.#bounds;
    const text = stringAt(this.#text, literal);
    const before = this.#candidates.length / 2;
    let flags = this.#text.slice(literal.start, literal.end).includes('\\') ? ESCAPED : 0;
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit < 0x80) continue;
      flags |= NOT_ASCII | ((this.#program.unitBits[unit] ?? 0) << UNIT_BITS_SHIFT);
    }
    if (readsTexts)
      for (const each of triggersIn(text, this.#program)) this.#candidates.push(...each);
    if (this.#candidates.length / 2 > candidatesMax) {
      flags |= OMITTED;
      this.#candidates = this.#candidates.slice(0, before * 2);
    }
    const hash = readsTexts ? sipHash128(this.#key, wtf8(text)) : [0, 0, 0, 0];
    this.#strings.push(node, flags, text.length, before, ...hash);
  }
}

/** UTF-8 in which a lone surrogate is encoded like any other character. */
function wtf8(text: string): Uint8Array {
  return Buffer.concat(
    Array.from(text, (char) => {
      const code = char.charCodeAt(0);
      const isLone = char.length === 1 && code >= 0xd800 && code < 0xe000;
      if (!isLone) return Buffer.from(char);
      return Buffer.from([0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]);
    }),
  );
}
