import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { detectorProgram } from '../../../../shared/privacy/detect/detector-program.ts';
import { DETECTORS } from '../../../../shared/privacy/detect/detectors.ts';
import type { BodyIndex } from '../../../../shared/scan/body-index.ts';
import { createKernel, type ScanKernel } from '../../../../shared/scan/kernel.ts';
import { checkProperty } from '../../../kit/properties.ts';
import {
  body,
  BOUNDS,
  brokenBody,
  CONVERSATION_FILES,
  indexOf,
  KEY,
  literal,
  manyTriggers,
  outcomeOf,
  SMALL_PROGRAM,
} from '../../../kit/scan-bodies.ts';

const WINDOW_BYTES = 65_536;
const MEMORY_BYTES = 1_048_576;
/** As large as that of a process. */
const LARGE_MEMORY_BYTES = 8_388_608;
/** Forgets after some dozens of strings. */
const SMALL_MEMORY_BYTES = 16_384;

/** Other tests hold it equal to the plain. */
const plain = createKernel(SMALL_PROGRAM, KEY);
let kernel: ScanKernel;

/** Reads a body twice. @returns what differs from what one without memory learns */
function differences(bytes: Uint8Array, bounds = {}, by = kernel): unknown[] {
  const expected = outcomeOf(plain, bytes, bounds);
  const outcomes = [outcomeOf(by, bytes, bounds), outcomeOf(by, bytes, bounds)];
  return outcomes.filter((outcome) => !isDeepStrictEqual(outcome, expected));
}

/** Like `outcomeOf`. */
function textOf({ nodes, strings, candidates }: BodyIndex): unknown {
  return { nodes: nodes.join(), strings: strings.join(), candidates: candidates.join() };
}

function stepsOf(bytes: Uint8Array): number {
  return [...kernel.steps(bytes, BOUNDS)].length;
}

beforeEach(() => {
  kernel = createKernel(SMALL_PROGRAM, KEY, MEMORY_BYTES);
});

describe('a kernel that remembers strings', () => {
  it('learns about a body that it has read what one without memory learns', () => {
    checkProperty(
      fc.property(fc.oneof(body, brokenBody), (bytes) => {
        expect(differences(bytes)).toEqual([]);
      }),
      { runs: 300 },
    );
  });

  it('learns the same from conversations that share texts', () => {
    const turns = fc.array(fc.tuple(fc.nat(9), literal), { minLength: 2, maxLength: 8 });
    checkProperty(
      fc.property(turns, (drawn) => {
        const texts = drawn.map(([, text]) => text);
        for (let length = 1; length <= drawn.length; length += 1) {
          const sent = drawn.slice(0, length).map(([index]) => texts[index % length] ?? '""');
          expect(differences(Buffer.from(`[${sent.join(', ')}]`))).toEqual([]);
        }
      }),
      { runs: 100 },
    );
    for (const bytes of CONVERSATION_FILES) expect(differences(bytes)).toEqual([]);
  });

  it('learns the same while it forgets', () => {
    const small = createKernel(SMALL_PROGRAM, KEY, SMALL_MEMORY_BYTES);
    const seen: string[] = [];
    checkProperty(
      fc.property(fc.array(literal, { maxLength: 6 }), fc.nat(), (literals, place) => {
        seen.push(...literals);
        const from = place % (seen.length + 1);
        const sent = [...literals, ...seen.slice(from, from + 30)];
        expect(differences(Buffer.from(`[${sent.join(',')}]`), {}, small)).toEqual([]);
      }),
      { runs: 60 },
    );
  });

  it('reads on without search in a long string that it knows, and searches a new one', () => {
    const text = (end: string) =>
      Buffer.from(`["${`${'z'.repeat(200)} 12-34 é`.repeat(1_500)}${end}"]`);
    const windows = Math.floor(text('').length / WINDOW_BYTES);
    expect(stepsOf(text(''))).toBeGreaterThanOrEqual(2 * windows);
    expect(stepsOf(text(''))).toBeLessThan(windows + 3);
    expect(stepsOf(text('.'))).toBeGreaterThanOrEqual(2 * windows);
    expect(differences(text('.'))).toEqual([]);
  });

  it('takes no string for another that differs in one byte', () => {
    const text = Buffer.from('ab 12-34@'.repeat(250));
    expect(differences(Buffer.from(`["${text.toString()}"]`))).toEqual([]);
    const positions = Array.from({ length: text.length }, (_, at) => at);
    for (const at of positions.filter((each) => each < 150 || each % 7 === 0 || each > 2_200)) {
      const changed = Buffer.from(text);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const bytes = Buffer.from(`["${changed.toString()}"]`);
      expect(outcomeOf(kernel, bytes), String(at)).toEqual(outcomeOf(plain, bytes));
    }
  });

  it('takes no string for another whose parts stand elsewhere', () => {
    const parts = fc.array(fc.constantFrom('a', '1', '@', ' '), { minLength: 16, maxLength: 16 });
    const order = fc.shuffledSubarray([...Array(8).keys()], { minLength: 8 });
    checkProperty(
      fc.property(fc.array(parts, { minLength: 8, maxLength: 8 }), order, (blocks, places) => {
        const texts = blocks.map((block) => block.join(''));
        const moved = places.map((place) => texts[place] ?? '');
        expect(differences(Buffer.from(`["${texts.join('')}", "${moved.join('')}"]`))).toEqual([]);
        const padded = `${texts.join('')}${' '.repeat(16)}`;
        expect(differences(Buffer.from(`["${padded}"]`))).toEqual([]);
      }),
      { runs: 200 },
    );
  });

  it('finds the end of a string wherever escapes and windows end', () => {
    const cut = `${'x'.repeat(60)}\\\\\\"é\\u0041ab${'\\\\'.repeat(40)}`;
    for (let shift = 0; shift <= Buffer.byteLength(cut); shift += 1) {
      for (const before of [WINDOW_BYTES - 3 - shift, 1_024 - shift, 16 - (shift % 16)]) {
        const padding = 'z'.repeat(Math.max(0, before));
        expect(differences(Buffer.from(`["${padding}${cut}", "${cut}12-34"]`))).toEqual([]);
        expect(differences(Buffer.from(`[${' '.repeat(Math.max(0, before))}"${cut}"]`))).toEqual(
          [],
        );
      }
    }
  });

  it('keeps to the bounds that one without memory keeps to', () => {
    const bounds = fc.record({
      candidatesMax: fc.integer({ min: 0, max: 60 }),
      listedDepthMax: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.constant(Infinity)),
      readsTexts: fc.boolean(),
    });
    checkProperty(
      fc.property(fc.array(literal, { maxLength: 5 }), bounds, (literals, bounded) => {
        const bytes = Buffer.from(`[${literals.join(',')}]`);
        outcomeOf(kernel, bytes);
        expect(differences(bytes, bounded)).toEqual([]);
        expect(differences(bytes)).toEqual([]);
      }),
      { runs: 200 },
    );
  });

  it('reads several bodies in turn', () => {
    const small = createKernel(SMALL_PROGRAM, KEY, SMALL_MEMORY_BYTES);
    checkProperty(
      fc.property(fc.array(manyTriggers, { minLength: 2, maxLength: 4 }), (texts) => {
        const bodies = texts.map((text, index) => {
          const count = Math.ceil((2 * WINDOW_BYTES) / (text.length + 2));
          const long = JSON.stringify(text.repeat(index % 2 === 0 ? count : 1));
          return Buffer.from(`[${`${long},`.repeat(index % 2 === 0 ? 1 : count)}${long}]`);
        });
        const scans = bodies.map((bytes) => small.steps(bytes, BOUNDS));
        const results: unknown[] = [];
        while (results.filter(Boolean).length < scans.length) {
          for (const [index, scan] of scans.entries()) {
            const step = scan.next();
            if (step.done) results[index] ??= textOf(step.value);
          }
        }
        expect(results).toEqual(bodies.map((bytes) => outcomeOf(plain, bytes)));
        expect(bodies.map((bytes) => outcomeOf(small, bytes))).toEqual(results);
      }),
      { runs: 3 },
    );
  });

  it('writes no more candidates of known strings than there is space for', () => {
    const program = detectorProgram(DETECTORS);
    const large = createKernel(program, KEY, LARGE_MEMORY_BYTES);
    const withoutMemory = createKernel(program, KEY);
    const expected = CONVERSATION_FILES.map((bytes) => indexOf(withoutMemory, bytes));
    // Two or three of the longest in a window have more candidates than four fillings.
    for (const length of [8_000, 12_000, 16_000, 21_800, 32_500, 32_700]) {
      const text = JSON.stringify('A'.repeat(length));
      const count = Math.floor(WINDOW_BYTES / (length + 3));
      const sent = `[${Array(count).fill(text).join(',')}]`;
      const [first, second] = [indexOf(large, sent), indexOf(large, sent)];
      expect(textOf(second), String(length)).toEqual(textOf(first));
    }
    const found = CONVERSATION_FILES.map((bytes) => indexOf(large, bytes));
    expect(found.map(textOf)).toEqual(expected.map(textOf));
  });

  it('remembers all candidates of a string, whatever another scan gives up meanwhile', () => {
    const sparse = JSON.stringify(`${'z'.repeat(100)} 12-34 é `.repeat(6_000));
    const dense = JSON.stringify('ab'.repeat(150_000));
    const bodies = [Buffer.from(`[${sparse}]`), Buffer.from(`[${dense}]`)];
    const expected = bodies.map((bytes) => outcomeOf(plain, bytes));
    const windows = bodies.map((bytes) => Math.ceil(bytes.length / WINDOW_BYTES));
    for (const [early, late] of [0, 1, 2, 3].flatMap((one) => [0, 1, 2].map((two) => [one, two]))) {
      const large = createKernel(SMALL_PROGRAM, KEY, LARGE_MEMORY_BYTES);
      const scans = bodies.map((bytes) => large.steps(bytes, BOUNDS));
      // The second begins its string while the first one is being searched.
      for (const [index, more] of [early, late].entries()) {
        for (let taken = 0; taken < (windows[index] ?? 0) + (more ?? 0); taken += 1) {
          scans[index]?.next();
        }
      }
      let going = scans;
      while (going.length > 0) going = going.filter((scan) => !scan.next().done);
      expect(
        bodies.map((bytes) => outcomeOf(large, bytes)),
        `${early} ${late}`,
      ).toEqual(expected);
    }
  });

  it('takes no more memory for what it remembers', () => {
    const before = kernel.memoryBytes;
    for (let round = 0; round < 40; round += 1) {
      const texts = Array.from(
        { length: 100 },
        (_, at) => `${round} ${at} ${'ab 12-34 '.repeat(20)}`,
      );
      expect(indexOf(kernel, JSON.stringify(texts)).strings.length).toBe(800);
    }
    expect(kernel.memoryBytes).toBe(before);
  });
});
