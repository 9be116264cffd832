// Runs the kernel: WebAssembly compiled from `assembly/`. One memory of constant size serves all scans of a
// process, window by window; a scan that another one interrupts keeps its state outside of it.

import { JsonBoundError, JsonSyntaxError } from '../json/parse.ts';
import * as layout from './assembly/layout.ts';
import {
  CANDIDATE_WORDS,
  NODE,
  NODE_WORDS,
  STRING_WORDS,
  type BodyIndex,
  type IndexBounds,
} from './body-index.ts';
import { finished } from '../runtime/finished.ts';
import { GrowingWords } from './growing-words.ts';
import { KERNEL_WASM } from './kernel-wasm.ts';
import { DEPTH_CAPACITY, loadProgram, WINDOW_BYTES, type Regions } from './kernel-memory.ts';
import { checkProgram, type ScanProgram } from './program.ts';
import type { BodyScanner } from './scanner.ts';

type Step = (length: number, isLast: number) => number;

const CLOSE_WORDS = 4;
const NO_BOUND = 0xffffffff;
const TEXT_BOUNDS: IndexBounds = { depthMax: 0, valuesMax: 0, candidatesMax: NO_BOUND };
const WINDOW_UNITS = WINDOW_BYTES / 2;

let compiled: WebAssembly.Module | undefined;

/**
 * Loads a program into a kernel.
 * @param key 16 secret bytes for the hashes of texts; the same wherever hashes are compared
 * @param rememberedBytes what it takes to remember what was found in strings, so that a conversation is searched
 * for its new ones only
 * @throws RangeError if the program is malformed or too large
 */
export function createKernel(
  program: ScanProgram,
  key: Uint8Array,
  rememberedBytes = 0,
): ScanKernel {
  return finished(kernelSteps(program, key, rememberedBytes));
}

/** Like `createKernel`, in steps of some milliseconds, as thousands of keywords take 100 to compile. */
export function* kernelSteps(
  program: ScanProgram,
  key: Uint8Array,
  rememberedBytes = 0,
): Generator<void, ScanKernel> {
  checkProgram(program);
  if (key.length !== 16) throw new RangeError('the key of the hash must have 16 bytes');
  yield;
  compiled ??= new WebAssembly.Module(Buffer.from(KERNEL_WASM, 'base64'));
  const { memory, step, search } = new WebAssembly.Instance(compiled).exports;
  if (!(memory instanceof WebAssembly.Memory) || !isStep(step) || !isStep(search)) {
    throw new TypeError('the kernel lacks an export');
  }
  const regions = yield* loadProgram(memory, program, key, rememberedBytes);
  return new Kernel(program, memory, regions, step, search);
}

function isStep(value: unknown): value is Step {
  return typeof value === 'function';
}

export interface ScanKernel extends BodyScanner {
  /** What it takes, however large the bodies are. */
  readonly memoryBytes: number;
}

class Kernel implements ScanKernel {
  readonly program: ScanProgram;
  readonly #memory: WebAssembly.Memory;
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #regions: Regions;
  readonly #input: Buffer;
  readonly #step: Step;
  readonly #search: Step;
  /** The scan whose state is in the memory. */
  #owner: Scan | undefined;

  constructor(
    program: ScanProgram,
    memory: WebAssembly.Memory,
    regions: Regions,
    step: Step,
    search: Step,
  ) {
    this.program = program;
    this.#memory = memory;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#words = new Uint32Array(memory.buffer);
    this.#regions = regions;
    this.#input = Buffer.from(memory.buffer, regions.input, WINDOW_BYTES);
    this.#step = step;
    this.#search = search;
  }

  get memoryBytes(): number {
    return this.#memory.buffer.byteLength;
  }

  *steps(bytes: Uint8Array, bounds: IndexBounds): Generator<void, BodyIndex> {
    const scan = new Scan(bounds);
    const { valuesMax, candidatesMax } = bounds;
    const expected = bytes.length >>> 4;
    // A value and its key are two nodes; open containers count as values when they close.
    const nodesMax = Math.min(bytes.length, 2 * (valuesMax + DEPTH_CAPACITY)) + 2;
    const foundMax = Math.min(candidatesMax, bytes.length * this.#regions.perUnit);
    const nodes = new GrowingWords(expected, nodesMax * NODE_WORDS);
    const strings = new GrowingWords(expected, nodesMax * STRING_WORDS);
    const candidates = new GrowingWords(expected, foundMax * CANDIDATE_WORDS);
    for (;;) {
      const isDone = this.#read(scan, bytes);
      nodes.push(this.#records(layout.NODE_RECORDS, layout.NODES_OUT, NODE_WORDS));
      strings.push(this.#records(layout.STRING_RECORDS, layout.STRINGS_OUT, STRING_WORDS));
      candidates.length = this.#context(layout.CANDIDATES_FROM) * CANDIDATE_WORDS;
      candidates.push(this.#candidates());
      this.#close(nodes.words);
      if (isDone) break;
      yield;
    }
    return { nodes: nodes.taken, strings: strings.taken, candidates: candidates.taken };
  }

  *search(text: string): Generator<Uint32Array, void> {
    const scan = new Scan(TEXT_BOUNDS);
    for (let isDone = false; !isDone;) {
      if (this.#owner !== scan) this.#enter(scan);
      const part = text.slice(scan.at, scan.at + WINDOW_UNITS);
      this.#input.write(part, 'utf16le');
      const isLast = scan.at + part.length === text.length;
      isDone = this.#search(2 * part.length, isLast ? 1 : 0) === layout.DONE;
      scan.at += this.#context(layout.CONSUMED) / 2;
      if (isDone) this.#owner = undefined;
      yield this.#candidates().slice();
    }
  }

  /** Reads the next window of a body. @returns whether it was the last one */
  #read(scan: Scan, bytes: Uint8Array): boolean {
    if (this.#owner !== scan) this.#enter(scan);
    const { at } = scan;
    const window = bytes.subarray(at, at + WINDOW_BYTES);
    this.#bytes.set(window, this.#regions.input);
    const result = this.#step(window.length, at + window.length === bytes.length ? 1 : 0);
    // It may have gone back to the beginning of a string.
    scan.at += this.#context(layout.CONSUMED) | 0;
    if (result === layout.MORE) return false;
    this.#owner = undefined;
    if (result !== layout.DONE) this.#fail(result);
    return true;
  }

  #fail(result: number): never {
    if (result === layout.INVALID) {
      throw new JsonSyntaxError(this.#context(layout.ERROR_AT) - this.#context(layout.SHIFT));
    }
    throw new JsonBoundError(
      result === layout.TOO_DEEP ? 'JSON is nested too deeply.' : 'JSON has too many values.',
    );
  }

  /** Puts the state of a scan into the memory. */
  #enter(scan: Scan): void {
    const { saved } = this.#regions;
    if (this.#owner) this.#owner.state = this.#bytes.slice(layout.CONTEXT, saved);
    this.#owner = scan;
    if (scan.state) {
      this.#bytes.set(scan.state, layout.CONTEXT);
      scan.state = undefined;
      return;
    }
    const {
      depthMax,
      valuesMax,
      listedDepthMax = NO_BOUND,
      candidatesMax,
      readsTexts,
    } = scan.bounds;
    if (depthMax > DEPTH_CAPACITY) throw new RangeError(`no body may be ${depthMax} levels deep`);
    this.#bytes.fill(0, layout.CONTEXT, layout.PROGRAM);
    const set = (field: number, value: number) =>
      (this.#words[(layout.CONTEXT + field) >>> 2] = Math.min(value, NO_BOUND));
    set(layout.DEPTH_MAX, depthMax);
    set(layout.VALUES_MAX, valuesMax);
    set(layout.LISTED_DEPTH_MAX, listedDepthMax);
    set(layout.CANDIDATES_MAX, candidatesMax);
    set(layout.READS_TEXTS, readsTexts === false ? 0 : 1);
  }

  #context(field: number): number {
    return this.#words[(layout.CONTEXT + field) >>> 2] ?? 0;
  }

  #records(region: number, count: number, size: number): Uint32Array {
    const from = (this.#words[(layout.PROGRAM + region) >>> 2] ?? 0) >>> 2;
    return this.#words.subarray(from, from + this.#context(count) * size);
  }

  #candidates(): Uint32Array {
    return this.#records(layout.CANDIDATE_RECORDS, layout.CANDIDATES_OUT, CANDIDATE_WORDS);
  }

  /** Writes the ends of containers into their nodes. */
  #close(nodes: Uint32Array): void {
    const closes = this.#records(layout.CLOSE_RECORDS, layout.CLOSES_OUT, CLOSE_WORDS);
    for (let at = 0; at < closes.length; at += CLOSE_WORDS) {
      const node = (closes[at] ?? 0) * NODE_WORDS;
      nodes[node + NODE.end] = closes[at + 1] ?? 0;
      nodes[node + NODE.endUnit] = closes[at + 2] ?? 0;
      nodes[node + NODE.next] = closes[at + 3] ?? 0;
    }
  }
}

class Scan {
  readonly bounds: IndexBounds;
  /** Bytes of a body, or units of a text, that were read. */
  at = 0;
  /** What is saved of it while another scan is in the memory. */
  state: Uint8Array | undefined;

  constructor(bounds: IndexBounds) {
    this.bounds = bounds;
  }
}
