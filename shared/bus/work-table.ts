// The messages in work, in memory that the heartbeat thread reads while the event loop is blocked. Writing
// it costs about a microsecond and wakes no thread, unlike a message to it.

import type { FrameMeta } from '../protocol/messages.ts';

export type HeartbeatMeta = Extract<FrameMeta, { kind: 'heartbeat' }>;

export interface WorkEntry {
  /** Subject to which its heartbeats go. */
  readonly subject: string;
  readonly meta: HeartbeatMeta;
}

const ENTRY_BYTES = 512;
const LENGTH_BYTES = Int32Array.BYTES_PER_ELEMENT;
/** Entries at first, then doubled: few processes have more. */
const ENTRIES_MIN = 256;
/** More than a process accepts while frames wait for the acknowledgement of a lost ingress. */
const ENTRIES_MAX = 32_768;

/** Changes of the table, odd during one; then turns of the event loop. */
const CHANGES = 0;
const TURNS = 1;
const HEADER_BYTES = 2 * Int32Array.BYTES_PER_ELEMENT;

const sizeOf = (entries: number) => HEADER_BYTES + entries * ENTRY_BYTES;

export class WorkTable {
  readonly memory: SharedArrayBuffer;
  readonly #header: Int32Array;
  readonly #free: number[] = [];
  #entries = 0;

  /** @param memory of another thread's table; a new one if absent */
  constructor(memory?: SharedArrayBuffer) {
    this.memory =
      memory ?? new SharedArrayBuffer(sizeOf(ENTRIES_MIN), { maxByteLength: sizeOf(ENTRIES_MAX) });
    this.#header = new Int32Array(this.memory, 0, HEADER_BYTES / Int32Array.BYTES_PER_ELEMENT);
  }

  /** @returns the number of the entry; undefined when the table is full or the entry too long */
  add(entry: WorkEntry): number | undefined {
    const text = Buffer.from(JSON.stringify(entry));
    if (text.byteLength > ENTRY_BYTES - LENGTH_BYTES) return undefined;
    const index = this.#free.pop() ?? this.#next();
    if (index === undefined) return undefined;
    this.#change(() => {
      const view = this.#entry(index);
      view.writeInt32LE(text.byteLength);
      text.copy(view, LENGTH_BYTES);
    });
    return index;
  }

  delete(index: number): void {
    this.#change(() => this.#entry(index).writeInt32LE(0));
    this.#free.push(index);
  }

  /** Call on turns of the event loop. */
  turn(): void {
    Atomics.add(this.#header, TURNS, 1);
  }

  get turns(): number {
    return Atomics.load(this.#header, TURNS);
  }

  /** All entries; undefined if they changed meanwhile, which a blocked event loop cannot do. */
  read(): WorkEntry[] | undefined {
    const changes = Atomics.load(this.#header, CHANGES);
    const texts: string[] = [];
    const count = (this.memory.byteLength - HEADER_BYTES) / ENTRY_BYTES;
    for (let index = 0; index < count; index += 1) {
      const view = this.#entry(index);
      const length = view.readInt32LE();
      if (length > 0) texts.push(view.toString('utf8', LENGTH_BYTES, LENGTH_BYTES + length));
    }
    if (changes % 2 !== 0 || Atomics.load(this.#header, CHANGES) !== changes) return undefined;
    return texts.map((text) => JSON.parse(text) as WorkEntry);
  }

  #next(): number | undefined {
    if (sizeOf(this.#entries + 1) > this.memory.byteLength) {
      if (this.#entries >= ENTRIES_MAX) return undefined;
      this.memory.grow(sizeOf(this.#entries * 2));
    }
    return this.#entries++;
  }

  #entry(index: number): Buffer {
    return Buffer.from(this.memory, sizeOf(index), ENTRY_BYTES);
  }

  #change(write: () => void): void {
    Atomics.add(this.#header, CHANGES, 1);
    write();
    Atomics.add(this.#header, CHANGES, 1);
  }
}
