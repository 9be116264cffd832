// Addresses of the kernel's memory. The host writes the program and the addresses of the larger regions.

/** What is remembered of strings, which all scans share. */
export const REMEMBERED: usize = 512;
/** State of one scan; with what follows it up to the end of the scratch, what the host saves and restores. */
export const CONTEXT: usize = 1024;
/** What does not change while a kernel lives. */
export const PROGRAM: usize = 2048;

/** Regions of other sizes begin here. */
export const REGIONS: usize = 4096;

// Offsets in the context.
export const STATE: usize = 0;
export const DEPTH: usize = 4;
/** Offset of the window in the body. */
export const BASE: usize = 8;
/** Bytes minus UTF-16 units so far. */
export const SHIFT: usize = 12;
export const LISTED: usize = 16;
export const NODES: usize = 20;
export const STRINGS: usize = 24;
/** Candidates kept so far, and before the current string. */
export const KEPT: usize = 28;
export const KEPT_BEFORE: usize = 32;
/** Start of the current string, or number: byte, UTF-16 unit. */
export const START: usize = 36;
export const START_UNIT: usize = 40;
/** Of the current string. */
export const FLAGS: usize = 44;
export const IS_KEY: usize = 48;
/** Units in the scratch, the first one that was not searched, and the offset of the scratch in the string. */
export const FILL: usize = 52;
export const FROM: usize = 56;
export const OFFSET: usize = 60;
export const UTF8_FILL: usize = 64;
/** Bytes hashed. */
export const HASHED: usize = 68;
export const NUMBER_STATE: usize = 72;
/** Byte of the first invalid character. */
export const ERROR_AT: usize = 76;
export const DEPTH_MAX: usize = 80;
export const VALUES_MAX: usize = 84;
export const LISTED_DEPTH_MAX: usize = 88;
export const CANDIDATES_MAX: usize = 92;
export const READS_TEXTS: usize = 96;
/** Bytes of the window that were read. */
export const CONSUMED: usize = 100;
// Records written since the last step, and the index of the first candidate among them.
export const NODES_OUT: usize = 104;
export const CLOSES_OUT: usize = 108;
export const STRINGS_OUT: usize = 112;
export const CANDIDATES_OUT: usize = 116;
export const CANDIDATES_FROM: usize = 120;
/** Four words of the hash. */
export const HASH: usize = 128;
/** State of each automaton. */
export const AUTOMATON_STATES: usize = 160;
/** Of the literal that is read ahead: its hash, bytes hashed, and whether the next one is escaped. */
export const LITERAL_HASH: usize = 176;
export const LITERAL_READ: usize = 192;
export const LITERAL_ESCAPED: usize = 196;
/** The entry of the current string that is being written, or 0: where it begins and ends, and its turn. */
export const PENDING_FROM: usize = 200;
export const PENDING_TO: usize = 204;
export const PENDING_TURN: usize = 208;

// Offsets in the program: addresses of regions.
export const STACK: usize = 0;
export const UNITS: usize = 4;
export const COLUMNS: usize = 8;
export const UTF8: usize = 12;
export const STOPS: usize = 16;
export const MARKS: usize = 20;
/** Two lists of candidates, while marks and stops are merged. */
export const MERGED: usize = 152;
export const NODE_RECORDS: usize = 24;
export const CLOSE_RECORDS: usize = 28;
export const STRING_RECORDS: usize = 32;
export const CANDIDATE_RECORDS: usize = 36;
export const INPUT: usize = 40;
export const UNIT_BITS: usize = 44;
export const KINDS: usize = 48;
export const CHAR_TESTS: usize = 52;
export const RUN_LENGTHS: usize = 56;
// Sizes: of regions in records, and of triggers.
export const RECORDS_MAX: usize = 60;
export const CANDIDATE_RECORDS_MAX: usize = 64;
/** The most candidates that one filling of the scratch can have. */
export const CANDIDATES_PER_FILL: usize = 68;
/** Units of the scratch, and those kept before the first one that was not searched. */
export const CAPACITY: usize = 72;
export const LEFT: usize = 76;
export const DIGITS_MIN: usize = 80;
export const BASE64_MIN: usize = 84;
/** Whether runs are wanted at all. */
export const HAS_RUNS: usize = 92;
export const AUTOMATA: usize = 88;
/** Sets of each neighbour, and what each unit may be in a table; 0 if no places are wanted. */
export const NEIGHBOURS: usize = 416;
export const PLACES: usize = 420;
export const LONE_DIGITS_MIN: usize = 424;
/** Keys of the hash of literals, and what pads them. */
export const NH_KEYS: usize = 428;
export const PADDING: usize = 432;
/** Key of the hash. */
export const KEY: usize = 96;
/** ASCII characters to stop at, as bits by their lower and higher four bits. */
export const SET_LOW: usize = 112;
export const SET_HIGH: usize = 128;
/** The character of each escape of two bytes, by its second one. */
export const ESCAPES: usize = 156;
export const AUTOMATON: usize = 160;

// Offsets in an automaton.
export const AUTOMATON_SIZE: usize = 64;
export const NEXT: usize = 0;
export const FIRST_STOP: usize = 4;
/** Stands for a character that is not ASCII. */
export const FOREIGN_STATE: usize = 8;
export const CLASSES: usize = 12;
export const ROOT_NEXT: usize = 16;
export const FOREIGN_BASE: usize = 20;
export const FAILURES: usize = 24;
export const EDGE_KEYS: usize = 28;
export const EDGE_TARGETS: usize = 32;
export const EDGE_MASK: usize = 36;
export const STOP_OFFSETS: usize = 40;
export const STOP_WORDS: usize = 44;
export const LENGTH_MAX: usize = 48;
/** Classes of characters that count as an ASCII one, which the lower bits have, or as none. */
export const CLASS_ASCII: u32 = 0x8000;
export const CLASS_DROPPED: u32 = 0xffff;

export const AUTOMATA_MAX: u32 = 4;

// Tests of a character: its trigger, and the sets that its neighbours must be in.
export const BEFORE: usize = 4;
export const AFTER: usize = 8;
/** Code of a character that is not ASCII; where the text has ended, it is 0. */
export const CODE_FOREIGN: u32 = 128;

/** Sets of neighbours that also have a small letter before a capital one, or one that ends an escape. */
export const PART_START: u32 = 1;
export const WORD_START: u32 = 2;

// What a unit may be in a table.
export const IN_HEADING: u32 = 1;
export const IN_NUMBER: u32 = 2;
export const IN_PADDING: u32 = 4;
export const DELIMITER: u32 = 8;
/** In a rule between rows. */
export const CROSSING: u32 = 16;
/** After arguments and elements of a program. */
export const IN_CODE: u32 = 32;

/** Units after a position that its tests read, and before it. */
export const REACH: u32 = 64;

// Bits of a UTF-16 unit.
export const CONFUSABLE: u32 = 1;
export const SURE: u32 = 2;
export const DROPPED: u32 = 4;
export const TOKEN: u32 = 8;
export const NUMBER: u32 = 16;
export const WORD: u32 = 32;
export const UNFOLDED: u32 = 64;

// Kinds of an ASCII character.
export const LETTER: u32 = 1;
export const DIGIT: u32 = 2;
export const BASE64: u32 = 4;
export const SEPARATOR: u32 = 8;

// Triggers that are neither characters nor keywords.
export const GROUP_TRIGGER: u32 = 0;
export const RUN_TRIGGER: u32 = 1;
export const CONFUSABLE_TRIGGER: u32 = 2;
export const CELL_TRIGGER: u32 = 3;

// Flags of a string; unit bits follow from bit 8 on.
export const ESCAPED: u32 = 1;
export const NOT_ASCII: u32 = 2;
export const OMITTED: u32 = 4;

/** Words of a stop: trigger, length and flags, and the sets that its neighbours must be in. */
export const STOP_WORD_SIZE: usize = 16;
export const STOP_WORD_SHIFT: u32 = 4;
export const STOP_BEFORE: usize = 8;
export const STOP_AFTER: usize = 12;
/** Flags of a keyword: its neighbours are tested, and it is wanted in headings as well. */
export const TESTED: u32 = 1;
export const HEADING: u32 = 2;

// Offsets in what is remembered: the most entries of a generation, or 0; tables of both generations, which have
// twice as many places, and where their entries begin; the bytes of these.
export const ENTRIES_MAX: usize = 0;
export const YOUNG_TABLE: usize = 4;
export const OLD_TABLE: usize = 8;
export const YOUNG_FROM: usize = 12;
export const OLD_FROM: usize = 16;
export const GENERATION_BYTES: usize = 20;
/** Where the next entry begins, how many there are, and how often the generations took turns. */
export const ENTRIES_TO: usize = 24;
export const ENTRIES: usize = 28;
export const TURN: usize = 32;

// What a step returns.
export const MORE: u32 = 0;
export const DONE: u32 = 1;
export const INVALID: u32 = 2;
export const TOO_DEEP: u32 = 3;
export const TOO_MANY: u32 = 4;

export function get(field: usize): u32 {
  return load<u32>(CONTEXT + field);
}

export function set(field: usize, value: u32): void {
  store<u32>(CONTEXT + field, value);
}

/** An address or a size of the program. */
export function fixed(field: usize): u32 {
  return load<u32>(PROGRAM + field);
}

/** A unit of the text in the scratch. */
export function unitAt(position: i32): u32 {
  return load<u16>(usize(fixed(UNITS)) + (position << 1));
}
