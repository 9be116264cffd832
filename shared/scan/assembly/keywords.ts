// Finds where keywords end in the scratch: an Aho-Corasick automaton whose rows have a column for each ASCII
// character. A long part is walked in four places at once, because each step waits for the last one.

import {
  CLASS_ASCII,
  CLASS_DROPPED,
  CLASSES,
  COLUMNS,
  EDGE_KEYS,
  EDGE_MASK,
  EDGE_TARGETS,
  FAILURES,
  FIRST_STOP,
  fixed,
  FOREIGN_BASE,
  FOREIGN_STATE,
  LENGTH_MAX,
  NEXT,
  ROOT_NEXT,
  UNITS,
} from './layout.ts';

/** Shorter parts are walked in one place. */
const LANE_MIN: u32 = 64;

let automaton: usize = 0;
let state: u32 = 0;

export function stateAfter(): u32 {
  return state;
}

/** Address of the next state of `from` after an ASCII character. */
function edge(next: usize, from: u32, column: u32): usize {
  return next + (from << 8) + (column << 1);
}

/** The state after a character that is not ASCII, or NUL. */
function foreignState(from: u32, unit: u32): u32 {
  const unitClass = u32(load<u16>(load<u32>(automaton + CLASSES) + (unit << 1)));
  if (unitClass === 0) return 0;
  if (unitClass === CLASS_DROPPED) return from;
  if (unitClass >= CLASS_ASCII) {
    return load<u16>(edge(load<u32>(automaton + NEXT), from, unitClass & 0x7f));
  }
  const bases: usize = load<u32>(automaton + FOREIGN_BASE);
  const mask = load<u32>(automaton + EDGE_MASK);
  const keys: usize = load<u32>(automaton + EDGE_KEYS);
  let base = u32(load<u16>(bases + (from << 1)));
  while (base !== 0) {
    const key = (base << 16) | unitClass;
    let slot = edgeSlot(key) & mask;
    let known = load<u32>(keys + (slot << 2));
    while (known !== 0) {
      if (known === key) return load<u16>(load<u32>(automaton + EDGE_TARGETS) + (slot << 1));
      slot = (slot + 1) & mask;
      known = load<u32>(keys + (slot << 2));
    }
    base = load<u16>(bases + (u32(load<u16>(load<u32>(automaton + FAILURES) + (base << 1))) << 1));
  }
  return load<u16>(load<u32>(automaton + ROOT_NEXT) + (unitClass << 1));
}

/** First place of an edge in its table; the host computes the same. */
export function edgeSlot(key: u32): u32 {
  return (key * 0x9e3779b1) >> 12;
}

/** Walks `[from, to)` in one place and writes the stops. @returns the address after them */
function walkOne(from: u32, to: u32, stops: usize): usize {
  const next: usize = load<u32>(automaton + NEXT);
  const firstStop = load<u32>(automaton + FIRST_STOP);
  const foreign = load<u32>(automaton + FOREIGN_STATE);
  const columns: usize = fixed(COLUMNS);
  const units: usize = fixed(UNITS);
  let current = state;
  for (let at = from; at < to; at++) {
    let reached = u32(load<u16>(edge(next, current, load<u8>(columns + at))));
    if (reached >= firstStop) {
      if (reached === foreign) reached = foreignState(current, load<u16>(units + (at << 1)));
      if (reached >= firstStop) {
        store<u32>(stops, (at << 16) | reached);
        stops += 4;
      }
    }
    current = reached;
  }
  state = current;
  return stops;
}

/** The state after a column, at which no keyword is told. */
function stateAt(next: usize, foreign: u32, before: u32, position: u32): u32 {
  const reached = u32(load<u16>(edge(next, before, load<u8>(fixed(COLUMNS) + position))));
  if (reached !== foreign) return reached;
  return foreignState(before, load<u16>(fixed(UNITS) + (position << 1)));
}

/**
 * Walks `[from, to)` of the scratch from a state, and writes `position << 16 | state` for each stop.
 * @returns the number of stops
 */
export function walk(which: usize, before: u32, from: u32, to: u32, stops: usize): u32 {
  automaton = which;
  const lane = (to - from) >> 2;
  if (lane < LANE_MIN || lane < load<u32>(automaton + LENGTH_MAX)) {
    state = before;
    return u32(walkOne(from, to, stops) - stops) >> 2;
  }
  const next: usize = load<u32>(automaton + NEXT);
  const firstStop = load<u32>(automaton + FIRST_STOP);
  const foreign = load<u32>(automaton + FOREIGN_STATE);
  const units: usize = fixed(UNITS);
  const columns: usize = fixed(COLUMNS);
  const from1 = from + lane;
  const from2 = from1 + lane;
  const from3 = from2 + lane;
  const stops1 = stops + (lane << 2);
  const stops2 = stops1 + (lane << 2);
  const stops3 = stops2 + (lane << 2);
  let state0 = before;
  let state1: u32 = 0;
  let state2: u32 = 0;
  let state3: u32 = 0;
  // A state depends on as many units before it as a keyword can have.
  for (let back = load<u32>(automaton + LENGTH_MAX); back > 0; back--) {
    state1 = stateAt(next, foreign, state1, from1 - back);
    state2 = stateAt(next, foreign, state2, from2 - back);
    state3 = stateAt(next, foreign, state3, from3 - back);
  }
  let end0 = stops;
  let end1 = stops1;
  let end2 = stops2;
  let end3 = stops3;
  const begin1 = state1;
  const begin2 = state2;
  const begin3 = state3;
  const to0 = columns + from1;
  for (let column = columns + from; column < to0; column++) {
    let reached0 = u32(load<u16>(edge(next, state0, load<u8>(column))));
    let reached1 = u32(load<u16>(edge(next, state1, load<u8>(column + lane))));
    let reached2 = u32(load<u16>(edge(next, state2, load<u8>(column + 2 * lane))));
    let reached3 = u32(load<u16>(edge(next, state3, load<u8>(column + 3 * lane))));
    if (reached0 >= firstStop) {
      const at = u32(column - columns);
      if (reached0 === foreign) reached0 = foreignState(state0, load<u16>(units + (at << 1)));
      if (reached0 >= firstStop) {
        store<u32>(end0, (at << 16) | reached0);
        end0 += 4;
      }
    }
    if (reached1 >= firstStop) {
      const at = u32(column - columns) + lane;
      if (reached1 === foreign) reached1 = foreignState(state1, load<u16>(units + (at << 1)));
      if (reached1 >= firstStop) {
        store<u32>(end1, (at << 16) | reached1);
        end1 += 4;
      }
    }
    if (reached2 >= firstStop) {
      const at = u32(column - columns) + 2 * lane;
      if (reached2 === foreign) reached2 = foreignState(state2, load<u16>(units + (at << 1)));
      if (reached2 >= firstStop) {
        store<u32>(end2, (at << 16) | reached2);
        end2 += 4;
      }
    }
    if (reached3 >= firstStop) {
      const at = u32(column - columns) + 3 * lane;
      if (reached3 === foreign) reached3 = foreignState(state3, load<u16>(units + (at << 1)));
      if (reached3 >= firstStop) {
        store<u32>(end3, (at << 16) | reached3);
        end3 += 4;
      }
    }
    state0 = reached0;
    state1 = reached1;
    state2 = reached2;
    state3 = reached3;
  }
  // Where dropped characters make a keyword longer, a state may depend on more units: then walk again.
  state = state0;
  if (state !== begin1) end1 = walkOne(from1, from2, stops1);
  else state = state1;
  if (state !== begin2) end2 = walkOne(from2, from3, stops2);
  else state = state2;
  if (state !== begin3) end3 = walkOne(from3, from3 + lane, stops3);
  else state = state3;
  end3 = walkOne(from3 + lane, to, end3);
  end0 = joined(end0, stops1, end1);
  end0 = joined(end0, stops2, end2);
  end0 = joined(end0, stops3, end3);
  return u32(end0 - stops) >> 2;
}

/** Moves the stops `[from, to)` behind others. @returns the end of all */
function joined(end: usize, from: usize, to: usize): usize {
  memory.copy(end, from, to - from);
  return end + (to - from);
}
