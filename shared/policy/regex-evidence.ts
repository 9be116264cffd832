// What every match of a regular expression contains, and what it begins with, as RE2 computes it from the
// parsed expression (https://swtch.com/~rsc/regexp/regexp4.html).

import { RE2JS } from 're2js';
import type { Evidence } from './evidence.ts';

/** A node of RE2JS's tree. */
interface Prefilter {
  readonly type: number;
  readonly str: string;
  readonly subs: readonly Prefilter[];
}

/** Types of nodes. */
const EXACT = 1;
const AND = 2;
const OR = 3;

/** Evidence, and the length of the shortest literal that suffices. */
interface Weighed {
  readonly evidence: Evidence;
  readonly lengthMin: number;
}

/** @returns undefined if a match need not contain a literal */
export function evidenceOfPattern(pattern: string): Evidence | undefined {
  // RE2JS tells no literals of an expression that ignores letter case; they are the same.
  const { prefilter } = RE2JS.compile(pattern).re2Input as { prefilter: Prefilter | null };
  return prefilter ? weighed(prefilter)?.evidence : undefined;
}

function weighed({ type, str, subs }: Prefilter): Weighed | undefined {
  if (type === EXACT) return literal(str);
  if (type === OR) {
    const all = subs.map(weighed);
    if (!all.every((one) => one !== undefined)) return undefined;
    return {
      evidence: anyOf(all.map(({ evidence }) => evidence)),
      lengthMin: Math.min(...all.map(({ lengthMin }) => lengthMin)),
    };
  }
  if (type !== AND) return undefined;
  const [best] = subs
    .flatMap((sub) => weighed(sub) ?? [])
    .toSorted((one, other) => other.lengthMin - one.lengthMin);
  return best;
}

function anyOf(all: readonly Evidence[]): Evidence {
  const literals = all.map((one) => ('literals' in one ? one.literals : undefined));
  if (literals.every((list) => list !== undefined)) return { literals: literals.flat() };
  return { any: all };
}

/** A letter that is not ASCII may have other forms than the kernel knows. */
function literal(text: string): Weighed | undefined {
  const [longest = ''] = (text.match(/[!-~]+(?: [!-~]+)*/g) ?? []).toSorted(
    (one, other) => other.length - one.length,
  );
  return longest === ''
    ? undefined
    : { evidence: { literals: [longest] }, lengthMin: longest.length };
}

/** Codes of `firstCodes`; the last one stands for all characters that are not ASCII. */
const CODES = 129;

/** An instruction of RE2JS's program. */
interface Instruction {
  readonly op: number;
  readonly out: number;
  readonly arg: number;
  readonly runes: ArrayLike<number>;
}

/** Operations. */
const FORKS = [1, 2];
const PASSES = [3, 4, 7];
const RUNES = [8, 9];
const FOLD_CASE = 1;

/** 1 for each ASCII code that a match may begin with, and for others in the last place. */
export function firstCodes(pattern: string, ignoreCase = false): Uint8Array {
  const flags = ignoreCase ? RE2JS.CASE_INSENSITIVE : 0;
  const { prog } = RE2JS.compile(pattern, flags).re2Input as {
    prog: { start: number; inst: readonly Instruction[] };
  };
  const first = new Uint8Array(CODES);
  const open = new Set([prog.start]);
  for (const at of open) {
    const { op, out, arg, runes } = prog.inst[at] ?? NO_INSTRUCTION;
    if (FORKS.includes(op)) open.add(out).add(arg);
    else if (PASSES.includes(op)) open.add(out);
    else if (!RUNES.includes(op)) first.fill(1);
    else {
      for (let pair = 0; pair < runes.length; pair += 2) {
        const from = runes[pair] ?? 0;
        addRange(first, from, runes[pair + 1] ?? from);
      }
      if (runes.length === 1 && (arg & FOLD_CASE) !== 0) first.fill(1);
    }
  }
  return first;
}

const NO_INSTRUCTION: Instruction = { op: 0, out: 0, arg: 0, runes: [] };

function addRange(codes: Uint8Array, from: number, to: number): void {
  for (let code = from; code <= Math.min(to, CODES - 2); code += 1) codes[code] = 1;
  if (to >= CODES - 1) codes[CODES - 1] = 1;
}
