import { candidatesOf, ESCAPED, OMITTED, STRING, STRING_WORDS } from '../scan/body-index.ts';
import { processKernel, type ScannedBody } from '../scan/process-kernel.ts';
import type { ScanProgram } from '../scan/program.ts';
import { encodedSteps } from '../runtime/bytes.ts';
import { finished } from '../runtime/finished.ts';
import { stringSteps } from './edit.ts';
import { integerSteps } from './integer-text.ts';

/** Shorter texts are decoded, and hashed, in less than a millisecond. */
const LONG_CHARS = 65_536;
/** Characters encoded between two yields. */
const STEP_CHARS = 262_144;
/** Kept candidates of a text that is in no body. */
const CANDIDATES_MAX = 1_000_000;
const OWN_BOUNDS = { depthMax: 0, valuesMax: 0, candidatesMax: CANDIDATES_MAX };

/**
 * A text of a request body. Caches what one stage computes for the next: its value, its key, and
 * that a scanner found nothing in it.
 */
export class TextValue {
  /** The JSON string literal with its quotes, or a number. It may be a slice, which keeps the body in memory. */
  readonly literal: string;
  /** Absent until asked for, if the text is in no index. */
  #scanned: ScannedBody | undefined;
  readonly #string: number;
  #value: string | undefined;
  #key: string | undefined;
  #cleanFor: object | undefined;

  /** @param string its number in the index of the body */
  constructor(literal: string, scanned?: ScannedBody, string = 0) {
    this.literal = literal;
    this.#scanned = scanned;
    this.#string = string;
  }

  /** The decoded string, or the decimal digits of a number. */
  get value(): string {
    return (this.#value ??= finished(this.#valueSteps()));
  }

  /** The value without the sign of a number, which belongs to no identifier. */
  get unsigned(): string {
    return this.isNumber && this.value.startsWith('-') ? this.value.slice(1) : this.value;
  }

  get isNumber(): boolean {
    return this.literal.charCodeAt(0) !== QUOTE;
  }

  /** Whether offsets in the value and in the literal differ by more than the quote. */
  get hasEscapes(): boolean {
    return this.#scanned ? (this.#number(STRING.flags) & ESCAPED) !== 0 : hasEscape(this.literal);
  }

  /** Equal for equal values in this process, and for no others: the kernel's keyed hash of the value. */
  get key(): string {
    if (this.#key !== undefined) return this.#key;
    this.#scanned ??= finished(this.#scanSteps());
    const [first, second] = [this.#number(STRING.hash), this.#number(STRING.hash + 1)];
    const [third, fourth] = [this.#number(STRING.hash + 2), this.#number(STRING.hash + 3)];
    const key = String.fromCharCode(
      first & 0xffff,
      first >>> 16,
      second & 0xffff,
      second >>> 16,
      third & 0xffff,
      third >>> 16,
      fourth & 0xffff,
      fourth >>> 16,
    );
    return (this.#key = this.isNumber ? `${key}#` : key);
  }

  /** Whether its value and its key are worth computing in steps. */
  get isLong(): boolean {
    return this.literal.length > LONG_CHARS;
  }

  /** Computes the value of a long text in steps. */
  *decode(): Generator<void, void> {
    this.#value ??= yield* this.#valueSteps();
  }

  /** Computes the key of a long text in steps of about a millisecond. */
  *hash(): Generator<void, void> {
    if (this.#scanned || !this.isLong) return;
    this.#scanned = yield* this.#scanSteps();
  }

  /** Candidates that a kernel has found; `undefined` if it has not looked, or not kept them all. */
  candidates(kernel: object): Uint32Array | undefined {
    const scanned = this.#scanned;
    if (scanned?.kernel !== kernel || this.isNumber) return undefined;
    if ((this.#number(STRING.flags) & OMITTED) !== 0) return undefined;
    return candidatesOf(scanned.index, this.#string);
  }

  /** Like `candidates`, if a kernel had this program, with the words of policies. */
  candidatesOf(program: ScanProgram): Uint32Array | undefined {
    const scanned = this.#scanned;
    return scanned?.program === program ? this.candidates(scanned.kernel) : undefined;
  }

  /** Records that `scanner` found nothing. */
  markClean(scanner: object): void {
    this.#cleanFor = scanner;
  }

  /** Whether `scanner` is known to find nothing. */
  isCleanFor(scanner: object): boolean {
    return this.#cleanFor === scanner;
  }

  /** One of the numbers of its string. */
  #number(place: number): number {
    return this.#scanned?.index.strings[this.#string * STRING_WORDS + place] ?? 0;
  }

  *#valueSteps(): Generator<void, string> {
    const { literal } = this;
    if (this.isNumber) return (yield* integerSteps(literal)) ?? literal;
    if (this.#scanned && !this.hasEscapes) return literal.slice(1, -1);
    return yield* stringSteps(literal);
  }

  /** Scans the text by itself; of a number, its literal. */
  *#scanSteps(): Generator<void, ScannedBody> {
    const bytes = yield* bytesOf(this.isNumber ? `"${this.literal}"` : this.literal);
    return yield* processKernel().scan(bytes, OWN_BOUNDS);
  }
}

const QUOTE = 0x22;

function hasEscape(literal: string): boolean {
  return literal.includes('\\');
}

function* bytesOf(literal: string): Generator<void, Uint8Array> {
  if (literal.length <= STEP_CHARS) return Buffer.from(literal);
  const parts: string[] = [];
  for (let at = 0; at < literal.length;) {
    let end = at + STEP_CHARS;
    // Both halves of a surrogate pair are encoded together.
    if ((literal.charCodeAt(end) & 0xfc00) === LOW_SURROGATE) end += 1;
    parts.push(literal.slice(at, end));
    at = end;
  }
  return yield* encodedSteps(parts);
}

const LOW_SURROGATE = 0xdc00;
