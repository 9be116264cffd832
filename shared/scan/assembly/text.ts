// Searches the scratch, and writes the candidates of a string and its record.

import { hashWords, beginHash, endHash } from './siphash.ts';
import { walk, stateAfter } from './keywords.ts';
import { mark } from './marks.ts';
import {
  AUTOMATA,
  AUTOMATA_MAX,
  AUTOMATON,
  AUTOMATON_SIZE,
  AUTOMATON_STATES,
  CANDIDATE_RECORDS,
  CANDIDATE_RECORDS_MAX,
  CANDIDATES_FROM,
  CANDIDATES_MAX,
  CANDIDATES_OUT,
  CANDIDATES_PER_FILL,
  COLUMNS,
  CONTEXT,
  FILL,
  FIRST_STOP,
  fixed,
  FLAGS,
  FROM,
  get,
  HEADING,
  KEPT,
  KEPT_BEFORE,
  LEFT,
  MARKS,
  OFFSET,
  OMITTED,
  MERGED,
  PROGRAM,
  REACH,
  READS_TEXTS,
  set,
  SHIFT,
  START,
  START_UNIT,
  STOP_AFTER,
  STOP_BEFORE,
  STOP_OFFSETS,
  STOP_WORD_SHIFT,
  STOP_WORD_SIZE,
  STOP_WORDS,
  STOPS,
  STRING_RECORDS,
  STRINGS,
  STRINGS_OUT,
  UNITS,
  UTF8,
  UTF8_FILL,
} from './layout.ts';
import { isBeside } from './neighbours.ts';
import { mayBeHeading } from './places.ts';
import {
  addToEntry,
  endEntry,
  ENTRY_BYTES,
  ENTRY_FLAGS,
  ENTRY_LENGTH,
  ENTRY_SHIFT,
  ENTRY_SIZE,
  ENTRY_TEXT_HASH,
  giveUpEntry,
} from './remembered.ts';

const NO_POSITION: u32 = 0xffffffff;

export function beginText(): void {
  set(FILL, 0);
  set(FROM, 0);
  set(OFFSET, 0);
  set(UTF8_FILL, 0);
  set(FLAGS, 0);
  set(KEPT_BEFORE, get(KEPT));
  for (let index: u32 = 0; index < AUTOMATA_MAX; index++) setState(index, 0);
  if (get(READS_TEXTS) !== 0) beginHash();
}

/** Whether the candidates of one filling of the scratch can be written. */
export function canWrite(): bool {
  return get(CANDIDATES_OUT) + fixed(CANDIDATES_PER_FILL) <= fixed(CANDIDATE_RECORDS_MAX);
}

function automatonAt(index: u32): usize {
  return PROGRAM + AUTOMATON + usize(index) * AUTOMATON_SIZE;
}

function setState(index: u32, state: u32): void {
  store<u32>(CONTEXT + AUTOMATON_STATES + (index << 2), state);
}

/** Searches what was decoded, up to where later units matter, and frees most of the scratch. */
export function searchText(isEnd: bool): void {
  const fill = get(FILL);
  if (get(READS_TEXTS) === 0) {
    set(OFFSET, get(OFFSET) + fill);
    set(FILL, 0);
    set(UTF8_FILL, 0);
    return;
  }
  const utf8: usize = fixed(UTF8);
  const bytes = get(UTF8_FILL);
  const hashed = hashWords(utf8, bytes);
  store<u64>(utf8, load<u64>(utf8 + hashed));
  set(UTF8_FILL, bytes - hashed);
  const from = get(FROM);
  const to = isEnd ? fill : fill > REACH ? fill - REACH : 0;
  if (to <= from) return;
  if (isEnd) padEnd(fill);
  search(from, to);
  if (isEnd) return;
  const left = fixed(LEFT);
  const cut = to > left ? to - left : 0;
  const units: usize = fixed(UNITS);
  const columns: usize = fixed(COLUMNS);
  memory.copy(units, units + (cut << 1), (fill - cut) << 1);
  memory.copy(columns, columns + cut, fill - cut);
  set(OFFSET, get(OFFSET) + cut);
  set(FROM, to - cut);
  set(FILL, fill - cut);
}

/** Finds the candidates of `[from, to)`: marks and the stops of each automaton, merged by position. */
function search(from: u32, to: u32): void {
  const automata = fixed(AUTOMATA);
  let list: usize = fixed(MARKS);
  let listEnd = list + (mark(from, to) << 3);
  for (let index: u32 = 0; index < automata; index++) {
    const automaton = automatonAt(index);
    const stops: usize = fixed(STOPS);
    const before = load<u32>(CONTEXT + AUTOMATON_STATES + (index << 2));
    const count = walk(automaton, before, from, to, stops);
    setState(index, stateAfter());
    if (count === 0) continue;
    // Two lists in turn.
    const into: usize = fixed(MERGED) + (index & 1) * (fixed(CANDIDATES_PER_FILL) << 3);
    listEnd = merge(automaton, list, listEnd, stops, stops + (count << 2), into);
    list = into;
  }
  if (listEnd > list) keep(list, listEnd);
}

/** Merges a list with the keywords at stops; at the same position, the list comes first. @returns the end */
function merge(
  automaton: usize,
  list: usize,
  listEnd: usize,
  stops: usize,
  stopsEnd: usize,
  into: usize,
): usize {
  const firstStop = load<u32>(automaton + FIRST_STOP);
  const offsets: usize = load<u32>(automaton + STOP_OFFSETS);
  const words: usize = load<u32>(automaton + STOP_WORDS);
  let position = list < listEnd ? load<u32>(list) : NO_POSITION;
  for (; stops < stopsEnd; stops += 4) {
    const stop = load<u32>(stops);
    const last = stop >> 16;
    while (position <= last) {
      store<u64>(into, load<u64>(list));
      into += 8;
      list += 8;
      position = list < listEnd ? load<u32>(list) : NO_POSITION;
    }
    const offset = offsets + (((stop & 0xffff) - firstStop) << 2);
    const end = words + (load<u32>(offset, 4) << STOP_WORD_SHIFT);
    let word = words + (load<u32>(offset) << STOP_WORD_SHIFT);
    for (; word < end; word += STOP_WORD_SIZE) {
      if (load<u16>(word, 6) !== 0 && !isWanted(i32(last), word)) continue;
      store<u32>(into, last);
      store<u32>(into, load<u32>(word), 4);
      into += 8;
    }
  }
  memory.copy(into, list, listEnd - list);
  return into + (listEnd - list);
}

/** Whether a keyword that ends at `last` is beside what it must be, or may be in a heading. */
function isWanted(last: i32, word: usize): bool {
  const end = last + 1;
  const first = end - i32(load<u16>(word, 4));
  if (isBeside(first, end, load<u32>(word, STOP_BEFORE), load<u32>(word, STOP_AFTER))) return true;
  return (load<u16>(word, 6) & HEADING) !== 0 && mayBeHeading(first, end);
}

/** Keeps the candidates `[from, to)`, or omits all of the string if there are too many. */
function keep(from: usize, to: usize): void {
  if ((get(FLAGS) & OMITTED) !== 0) return;
  const count = u32(to - from) >> 3;
  const kept = get(KEPT);
  if (count > get(CANDIDATES_MAX) - kept) {
    set(FLAGS, get(FLAGS) | OMITTED);
    dropCandidates();
    giveUpEntry();
    return;
  }
  const offset = get(OFFSET);
  const records: usize = fixed(CANDIDATE_RECORDS) + (get(CANDIDATES_OUT) << 3);
  let record = records;
  for (let at = from; at < to; at += 8) {
    store<u64>(record, load<u64>(at) + offset);
    record += 8;
  }
  set(KEPT, kept + count);
  set(CANDIDATES_OUT, get(CANDIDATES_OUT) + count);
  addToEntry(records, count << 3);
}

/** Takes back the candidates of the current string. */
export function dropCandidates(): void {
  const before = get(KEPT_BEFORE);
  const from = get(CANDIDATES_FROM);
  set(KEPT, before);
  set(CANDIDATES_OUT, before > from ? before - from : 0);
  if (before < from) set(CANDIDATES_FROM, before);
}

/** Marks the end of the text for what reads beyond it. */
function padEnd(fill: u32): void {
  const none = i8x16.splat(0);
  const column: usize = fixed(COLUMNS) + fill;
  const unit: usize = fixed(UNITS) + (fill << 1);
  for (let at: usize = 0; at <= REACH; at += 16) {
    v128.store(column + at, none);
    v128.store(unit + (at << 1), none);
    v128.store(unit + (at << 1), none, 16);
  }
}

/** Writes the record of the string that ends. */
export function endText(node: u32): void {
  searchText(true);
  const out = get(STRINGS_OUT);
  const record: usize = fixed(STRING_RECORDS) + (out << 5);
  store<u32>(record, node);
  store<u32>(record, get(FLAGS), 4);
  store<u32>(record, get(OFFSET) + (get(READS_TEXTS) === 0 ? 0 : get(FILL)), 8);
  store<u32>(record, get(KEPT_BEFORE), 12);
  if (get(READS_TEXTS) === 0) memory.fill(record + 16, 0, 16);
  else endHash(fixed(UTF8), get(UTF8_FILL), record + 16);
  endEntry(record, get(SHIFT) - (get(START) - get(START_UNIT)));
  set(STRINGS_OUT, out + 1);
  set(STRINGS, get(STRINGS) + 1);
}

/** Writes the candidates and the record of a string that is remembered. */
export function writeRemembered(entry: usize, node: u32): void {
  const bytes = load<u32>(entry, ENTRY_BYTES);
  const count = bytes >> 3;
  const kept = get(KEPT);
  const out = get(CANDIDATES_OUT);
  const isOmitted = count > get(CANDIDATES_MAX) - kept;
  if (!isOmitted) {
    if (out + count > fixed(CANDIDATE_RECORDS_MAX)) unreachable();
    const records: usize = fixed(CANDIDATE_RECORDS) + (out << 3);
    memory.copy(records, entry + ENTRY_SIZE, bytes);
    set(KEPT, kept + count);
    set(CANDIDATES_OUT, out + count);
  }
  set(SHIFT, get(SHIFT) + load<u32>(entry, ENTRY_SHIFT));
  const record: usize = fixed(STRING_RECORDS) + (get(STRINGS_OUT) << 5);
  store<u32>(record, node);
  store<u32>(record, load<u32>(entry, ENTRY_FLAGS) | (isOmitted ? OMITTED : 0), 4);
  store<u32>(record, load<u32>(entry, ENTRY_LENGTH), 8);
  store<u32>(record, kept, 12);
  v128.store(record, v128.load(entry, ENTRY_TEXT_HASH), 16);
  set(STRINGS_OUT, get(STRINGS_OUT) + 1);
  set(STRINGS, get(STRINGS) + 1);
}
