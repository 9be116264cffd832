// The scan kernel of this process. It searches for nothing until the process that hosts a scrubber or a
// policy stage gives it a program; words of policies are added to that, and replaced with them.

import { randomBytes } from 'node:crypto';
import type { BodyIndex, IndexBounds } from './body-index.ts';
import { createKernel, kernelSteps, type ScanKernel } from './kernel.ts';
import { REACH, type Keyword, type ScanProgram } from './program.ts';
import type { BodyScanner } from './scanner.ts';

const KEY_BYTES = 16;
/** What is found in some thirty megabytes of texts. */
const REMEMBERED_BYTES = 8 * 1024 * 1024;

const NO_TRIGGERS: ScanProgram = {
  keywords: [],
  chars: [],
  digitsMin: 0,
  runLengths: new Uint8Array(2 * REACH),
  base64Min: 0,
  kinds: new Uint8Array(128),
  unitBits: new Uint8Array(0x10000),
};

/** Words of policies, and the table they are folded by. */
export interface FoldedWords {
  readonly keywords: readonly Keyword[];
  readonly fold: Uint16Array;
}

/** The index of a body, whose triggers are those of a program. */
export interface ScannedBody {
  readonly index: BodyIndex;
  readonly kernel: BodyScanner;
  readonly program: ScanProgram;
  /** Whether its texts were searched and hashed. */
  readonly hasTexts: boolean;
}

export class ProcessKernel implements BodyScanner {
  /** Without the words of policies, whose triggers follow those of this program. */
  readonly base: ScanProgram;
  /** Of the hashes: the same in all threads of the process. */
  readonly key: Uint8Array;
  #program: ScanProgram;
  /** Absent until something is searched for, or `prepare`: often words of policies are still to come. */
  #kernel: ScanKernel | undefined;

  constructor(base: ScanProgram, key: Uint8Array = randomBytes(KEY_BYTES)) {
    this.base = this.#program = base;
    this.key = key;
  }

  get program(): ScanProgram {
    return this.#program;
  }

  /** Makes the kernel, which takes some time, so that the first text need not wait for it. */
  prepare(): void {
    this.#loaded();
  }

  /** Whether anything is searched for. */
  get readsTexts(): boolean {
    return this.base !== NO_TRIGGERS;
  }

  /** Replaces the words of policies, in steps. Scans that run end with the former ones. */
  *setFoldedWords({ keywords, fold }: FoldedWords): Generator<void, void> {
    const all = [...this.base.keywords, ...keywords];
    const program = { ...this.base, keywords: all, fold };
    if (this.#kernel) this.#kernel = yield* kernelSteps(program, this.key, REMEMBERED_BYTES);
    this.#program = program;
  }

  /** Like `steps`. */
  *scan(bytes: Uint8Array, bounds: IndexBounds): Generator<void, ScannedBody> {
    const { program } = this;
    const hasTexts = bounds.readsTexts ?? true;
    return { index: yield* this.steps(bytes, bounds), kernel: this, program, hasTexts };
  }

  steps(bytes: Uint8Array, bounds: IndexBounds): Generator<void, BodyIndex> {
    return this.#loaded().steps(bytes, bounds);
  }

  search(text: string): Generator<Uint32Array, void> {
    return this.#loaded().search(text);
  }

  #loaded(): ScanKernel {
    return (this.#kernel ??= createKernel(this.#program, this.key, REMEMBERED_BYTES));
  }
}

let kernel: ProcessKernel | undefined;

export function processKernel(): ProcessKernel {
  return (kernel ??= new ProcessKernel(NO_TRIGGERS));
}

/** From now on, all bodies of the process are searched for these triggers. */
export function startProcessKernel(program: ScanProgram, key?: Uint8Array): ProcessKernel {
  return (kernel = new ProcessKernel(program, key));
}
