// Lays out the memory of the kernel and writes a program into it.

import { hkdfSync } from 'node:crypto';
import * as layout from './assembly/layout.ts';
import { automataSteps, type Automaton } from './automaton.ts';
import { CANDIDATE_WORDS, NODE_WORDS, STRING_WORDS } from './body-index.ts';
import {
  ANY,
  BESIDE_CODES,
  EVERY,
  FIRST_CHAR_TRIGGER,
  firstKeywordTrigger,
  hasRuns,
  loneDigitsMin,
  type ScanProgram,
} from './program.ts';

/** Bytes read in one step: less than a millisecond, even on adversarial text. */
export const WINDOW_BYTES = 65_536;
/** Nesting that a body may have. */
export const DEPTH_CAPACITY = 4_096;

/** Units decoded before they are searched; the stops of a filling have 16 bits for their position. */
const FILL_UNITS = 4_096;
/** Nodes, closed containers or strings that one step writes at most. */
const RECORDS_MAX = 8_192;
/** Fillings whose candidates one step can write at least. */
const FILLS_MIN = 4;
const MARKS_PER_UNIT = 3;
const CLOSE_BYTES = 16;
const MARK_BYTES = 8;
/** More than a block of 16 bytes, and than `REACH`. */
const SLACK = 96;
const ALIGNMENT = 16;
const PAGE = 65_536;
/** What a remembered string takes on average, at least: fewer places of a table would be left unused. */
const ENTRY_BYTES = 128;
/** Of a table for each entry: two addresses. */
const PLACE_BYTES = 8;
const NH_KEY_BYTES = 1_072;
const PADDING_BYTES = 32;

export interface Regions {
  /** Where the window is written to. */
  readonly input: number;
  /** End of the state of a scan. */
  readonly saved: number;
  /** The most candidates at one position. */
  readonly perUnit: number;
}

/** Takes steps of some milliseconds. @throws RangeError if the keywords need too many automata */
export function* loadProgram(
  memory: WebAssembly.Memory,
  program: ScanProgram,
  key: Uint8Array,
  rememberedBytes: number,
): Generator<void, Regions> {
  const first = firstKeywordTrigger(program);
  const automata = yield* automataSteps(program.keywords, first, program.fold);
  const writer = new MemoryWriter(memory);
  // What is before a keyword, or a run, is read as far as within reach.
  const lengthMax = Math.max(layout.REACH, ...automata.map((each) => each.lengthMax));
  const left = lengthMax + layout.REACH;
  const capacity = left + FILL_UNITS + layout.REACH;
  const perUnit = MARKS_PER_UNIT + automata.reduce((sum, { wordsMax }) => sum + wordsMax, 0);
  const perFill = perUnit * capacity;
  const set = (field: number, value: number) => writer.word(layout.PROGRAM + field, value);

  set(layout.STACK, writer.region(8 * (DEPTH_CAPACITY + 1)));
  // Before a text, nothing but zeros is read.
  set(layout.UNITS, writer.region(2 * (capacity + 2 * SLACK)) + 2 * SLACK);
  set(layout.COLUMNS, writer.region(capacity + 2 * SLACK) + SLACK);
  // Only what remains of the last eight bytes outlives a step, but all of it may be in use.
  set(layout.UTF8, writer.region(3 * capacity + SLACK));
  const saved = writer.end;
  set(layout.STOPS, writer.region(4 * capacity));
  set(layout.MARKS, writer.region(MARK_BYTES * MARKS_PER_UNIT * capacity));
  set(layout.MERGED, writer.region(2 * MARK_BYTES * perFill));
  set(layout.NODE_RECORDS, writer.region(4 * NODE_WORDS * RECORDS_MAX));
  set(layout.CLOSE_RECORDS, writer.region(CLOSE_BYTES * RECORDS_MAX));
  set(layout.STRING_RECORDS, writer.region(4 * STRING_WORDS * RECORDS_MAX));
  set(layout.CANDIDATE_RECORDS, writer.region(4 * CANDIDATE_WORDS * FILLS_MIN * perFill));
  const input = writer.region(WINDOW_BYTES + SLACK);
  set(layout.INPUT, input);
  set(layout.RECORDS_MAX, RECORDS_MAX);
  set(layout.CANDIDATE_RECORDS_MAX, FILLS_MIN * perFill);
  set(layout.CANDIDATES_PER_FILL, perFill);
  set(layout.CAPACITY, capacity);
  set(layout.LEFT, left);
  set(layout.DIGITS_MIN, program.digitsMin);
  set(layout.LONE_DIGITS_MIN, loneDigitsMin(program));
  set(layout.BASE64_MIN, program.base64Min);
  set(layout.HAS_RUNS, hasRuns(program) ? 1 : 0);
  set(layout.ESCAPES, writer.bytes(escapes()));
  const { neighbours = new Uint32Array(BESIDE_CODES).fill(ANY), places } = program;
  set(layout.NEIGHBOURS, writer.bytes(neighbours.map((sets) => sets | EVERY)));
  set(layout.PLACES, places ? writer.bytes(places) : 0);
  set(layout.UNIT_BITS, writer.bytes(program.unitBits));
  set(layout.KINDS, writer.bytes(program.kinds));
  set(layout.RUN_LENGTHS, writer.bytes(program.runLengths));
  set(layout.CHAR_TESTS, charTests(writer, program));
  writer.put(layout.PROGRAM + layout.KEY, key);
  set(layout.NH_KEYS, writer.bytes(literalKeys(key)));
  set(layout.PADDING, writer.region(PADDING_BYTES));
  const [low, high] = charSet(program);
  writer.put(layout.PROGRAM + layout.SET_LOW, low);
  writer.put(layout.PROGRAM + layout.SET_HIGH, high);
  set(layout.AUTOMATA, automata.length);
  for (const [index, automaton] of automata.entries()) {
    yield;
    loadAutomaton(writer, layout.AUTOMATON + index * layout.AUTOMATON_SIZE, automaton);
  }
  if (rememberedBytes > 0) loadRemembered(writer, rememberedBytes);
  return { input, saved, perUnit };
}

/** Two empty generations of entries. */
function loadRemembered(writer: MemoryWriter, bytes: number): void {
  const set = (field: number, value: number) => writer.word(layout.REMEMBERED + field, value);
  const generation = bytes / 2;
  const entries = 2 ** Math.floor(Math.log2(generation / ENTRY_BYTES));
  set(layout.ENTRIES_MAX, entries);
  set(layout.GENERATION_BYTES, generation);
  set(layout.YOUNG_TABLE, writer.region(PLACE_BYTES * entries));
  set(layout.OLD_TABLE, writer.region(PLACE_BYTES * entries));
  const from = writer.region(generation);
  set(layout.YOUNG_FROM, from);
  set(layout.ENTRIES_TO, from);
  set(layout.OLD_FROM, writer.region(generation));
}

/** Keys of NH, which are used from four places on. */
function literalKeys(key: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, '', 'literals', NH_KEY_BYTES));
}

function loadAutomaton(writer: MemoryWriter, offset: number, automaton: Automaton): void {
  const set = (field: number, value: number) => writer.word(layout.PROGRAM + offset + field, value);
  const { stopWords } = automaton;
  const words = stopWords.flatMap(({ trigger, length, flags, before, after }) => [
    trigger,
    length | (flags << 16),
    before,
    after,
  ]);
  set(layout.NEXT, writer.bytes(automaton.next));
  set(layout.FIRST_STOP, automaton.firstStop);
  set(layout.FOREIGN_STATE, automaton.foreignState);
  set(layout.CLASSES, writer.bytes(automaton.classes));
  set(layout.ROOT_NEXT, writer.bytes(automaton.rootNext));
  set(layout.FOREIGN_BASE, writer.bytes(automaton.foreignBase));
  set(layout.FAILURES, writer.bytes(automaton.failures));
  set(layout.EDGE_KEYS, writer.bytes(automaton.edgeKeys));
  set(layout.EDGE_TARGETS, writer.bytes(automaton.edgeTargets));
  set(layout.EDGE_MASK, automaton.edgeKeys.length - 1);
  set(layout.STOP_OFFSETS, writer.bytes(automaton.stopOffsets));
  set(layout.STOP_WORDS, writer.bytes(Uint32Array.from(words)));
  set(layout.LENGTH_MAX, automaton.lengthMax);
}

/** Addresses of the tests of each ASCII character. */
function charTests(writer: MemoryWriter, { chars }: ScanProgram): number {
  const addresses = new Uint32Array(128);
  for (const [index, { char, before = ANY, after = ANY }] of chars.entries()) {
    const tests = Uint32Array.of(FIRST_CHAR_TRIGGER + index, before, after);
    addresses[char.charCodeAt(0)] = writer.bytes(tests);
  }
  return writer.bytes(addresses);
}

/** The character of each escape of two bytes, by its second one. */
function escapes(): Uint8Array {
  const table = new Uint8Array(256);
  for (const letter of '"\\/bfnrt') {
    table[letter.charCodeAt(0)] = String(JSON.parse(`"\\${letter}"`)).charCodeAt(0);
  }
  return table;
}

const DIGITS = '0123456789';
/** They begin escapes in the text itself. */
const ESCAPE_MARKS = '%\\';

/** The characters to stop at, by the lower and the higher four bits of their codes; 0 is not ASCII. */
function charSet({ chars }: ScanProgram): readonly [low: Uint8Array, high: Uint8Array] {
  const low = new Uint8Array(16);
  const high = Uint8Array.from({ length: 16 }, (_, bits) => (bits < 8 ? 1 << bits : 0));
  const listed = chars.map(({ char }) => char).join('');
  for (const char of `\0${DIGITS}${ESCAPE_MARKS}${listed}`) {
    const code = char.charCodeAt(0);
    low[code & 15] = (low[code & 15] ?? 0) | (1 << (code >> 4));
  }
  return [low, high];
}

/** Hands out regions of the memory, and grows it to them. */
class MemoryWriter {
  readonly #memory: WebAssembly.Memory;
  end = layout.REGIONS;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  region(length: number): number {
    const address = this.end;
    this.end = Math.ceil((address + length) / ALIGNMENT) * ALIGNMENT;
    const missing = this.end - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
    return address;
  }

  /** A region with these bytes. */
  bytes(content: Uint8Array | Uint16Array | Uint32Array): number {
    const address = this.region(content.byteLength);
    this.put(address, new Uint8Array(content.buffer, content.byteOffset, content.byteLength));
    return address;
  }

  put(address: number, content: Uint8Array): void {
    new Uint8Array(this.#memory.buffer).set(content, address);
  }

  word(address: number, value: number): void {
    new Uint32Array(this.#memory.buffer)[address >>> 2] = value;
  }
}
