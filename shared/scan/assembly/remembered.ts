// What is known of strings, by the hash of their literals: two generations of entries. When the younger one is
// full it becomes the older one, whose entries are forgotten unless they were asked for meanwhile.

import {
  CANDIDATES_PER_FILL,
  CONTEXT,
  ENTRIES,
  ENTRIES_MAX,
  ENTRIES_TO,
  fixed,
  GENERATION_BYTES,
  get,
  LITERAL_HASH,
  OLD_FROM,
  OLD_TABLE,
  PENDING_FROM,
  PENDING_TO,
  PENDING_TURN,
  REMEMBERED,
  set,
  TURN,
  YOUNG_FROM,
  YOUNG_TABLE,
} from './layout.ts';

// Offsets in an entry, which begins with the hash of the literal; its candidates follow.
export const ENTRY_FLAGS: usize = 16;
/** UTF-16 units of the text. */
export const ENTRY_LENGTH: usize = 20;
/** Bytes of the candidates. */
export const ENTRY_BYTES: usize = 24;
/** Bytes of the literal minus its UTF-16 units. */
export const ENTRY_SHIFT: usize = 28;
export const ENTRY_TEXT_HASH: usize = 32;
export const ENTRY_SIZE: usize = 48;

/** Larger entries are not kept: this many of them fill a generation. */
const LARGEST_PER_GENERATION: u32 = 8;

function shared(field: usize): u32 {
  return load<u32>(REMEMBERED + field);
}

function setShared(field: usize, value: u32): void {
  store<u32>(REMEMBERED + field, value);
}

export function isRemembering(): bool {
  return shared(ENTRIES_MAX) !== 0;
}

function bytesOf(entry: usize): u32 {
  return u32(ENTRY_SIZE) + load<u32>(entry, ENTRY_BYTES);
}

/** The entry of the literal whose hash is in the context, or 0; it moves to the younger generation. */
export function remembered(): usize {
  const young = load<u32>(placeIn(shared(YOUNG_TABLE)));
  if (young !== 0) return young;
  const old: usize = load<u32>(placeIn(shared(OLD_TABLE)));
  if (old !== 0 && hasRoom(bytesOf(old))) {
    const to: usize = shared(ENTRIES_TO);
    memory.copy(to, old, bytesOf(old));
    add(to);
  }
  return old;
}

/** The place in a table of the hash in the context: it holds the address of its entry, or 0. */
function placeIn(table: usize): usize {
  const mask = 2 * shared(ENTRIES_MAX) - 1;
  const hash = v128.load(CONTEXT + LITERAL_HASH);
  let index = load<u32>(CONTEXT + LITERAL_HASH);
  let place = table + ((index & mask) << 2);
  let entry: usize = load<u32>(place);
  while (entry !== 0 && !i8x16.all_true(i8x16.eq(v128.load(entry), hash))) {
    index++;
    place = table + ((index & mask) << 2);
    entry = load<u32>(place);
  }
  return place;
}

function hasRoom(bytes: u32): bool {
  const end = shared(YOUNG_FROM) + shared(GENERATION_BYTES);
  return shared(ENTRIES) < shared(ENTRIES_MAX) && shared(ENTRIES_TO) + bytes <= end;
}

/** Lists the entry, which ends what was written. */
function add(entry: usize): void {
  const place = placeIn(shared(YOUNG_TABLE));
  if (load<u32>(place) !== 0) return;
  store<u32>(place, u32(entry));
  setShared(ENTRIES, shared(ENTRIES) + 1);
  setShared(ENTRIES_TO, u32(entry) + bytesOf(entry));
}

function takeTurns(): void {
  const table = shared(OLD_TABLE);
  const from = shared(OLD_FROM);
  setShared(OLD_TABLE, shared(YOUNG_TABLE));
  setShared(OLD_FROM, shared(YOUNG_FROM));
  setShared(YOUNG_TABLE, table);
  setShared(YOUNG_FROM, from);
  memory.fill(table, 0, shared(ENTRIES_MAX) << 3);
  setShared(ENTRIES, 0);
  setShared(ENTRIES_TO, from);
  setShared(TURN, shared(TURN) + 1);
}

/** Begins the entry of a literal whose hash is in the context. */
export function beginEntry(): void {
  if (!hasRoom(u32(ENTRY_SIZE))) takeTurns();
  const from = shared(ENTRIES_TO);
  v128.store(from, v128.load(CONTEXT + LITERAL_HASH));
  reserve(from, from + u32(ENTRY_SIZE));
}

function reserve(from: u32, to: u32): void {
  set(PENDING_FROM, from);
  set(PENDING_TO, to);
  set(PENDING_TURN, shared(TURN));
  setShared(ENTRIES_TO, to);
}

export function giveUpEntry(): void {
  set(PENDING_FROM, 0);
}

/** Whether the entry of the current string is whole: another scan may have written meanwhile. */
function isPending(): bool {
  if (get(PENDING_FROM) === 0) return false;
  return get(PENDING_TURN) === shared(TURN) && get(PENDING_TO) === shared(ENTRIES_TO);
}

/** Bytes of an entry at most: its candidates are written at once, where there is space for those of a filling. */
function entryBytesMax(): u32 {
  return min<u32>(
    shared(GENERATION_BYTES) / LARGEST_PER_GENERATION,
    fixed(CANDIDATES_PER_FILL) << 3,
  );
}

/** Adds candidates to the entry of the current string. */
export function addToEntry(candidates: usize, bytes: u32): void {
  if (!isPending()) {
    // Without these the entry has a gap, even if it may be written again later.
    giveUpEntry();
    return;
  }
  const length = get(PENDING_TO) - get(PENDING_FROM);
  if (length + bytes > entryBytesMax()) {
    setShared(ENTRIES_TO, get(PENDING_FROM));
    giveUpEntry();
    return;
  }
  if (!hasRoom(bytes)) {
    const written: usize = get(PENDING_FROM);
    takeTurns();
    const from = shared(ENTRIES_TO);
    memory.copy(from, written, length);
    reserve(from, from + length);
  }
  memory.copy(get(PENDING_TO), candidates, bytes);
  reserve(get(PENDING_FROM), get(PENDING_TO) + bytes);
}

/** Ends the entry of the current string. @param record of the string in the index */
export function endEntry(record: usize, shift: u32): void {
  if (!isPending()) return;
  const entry: usize = get(PENDING_FROM);
  store<u32>(entry, load<u32>(record, 4), ENTRY_FLAGS);
  store<u32>(entry, load<u32>(record, 8), ENTRY_LENGTH);
  store<u32>(entry, get(PENDING_TO) - u32(entry + ENTRY_SIZE), ENTRY_BYTES);
  store<u32>(entry, shift, ENTRY_SHIFT);
  v128.store(entry, v128.load(record, 16), ENTRY_TEXT_HASH);
  v128.store(CONTEXT + LITERAL_HASH, v128.load(entry));
  giveUpEntry();
  add(entry);
}
