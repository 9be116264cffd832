import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DETECTORS } from '../../../../shared/privacy/detect/detectors.ts';
import { detectorProgram } from '../../../../shared/privacy/detect/detector-program.ts';
import { candidatesOf, OMITTED, STRING_WORDS } from '../../../../shared/scan/body-index.ts';
import { createKernel } from '../../../../shared/scan/kernel.ts';
import type { BodyScanner } from '../../../../shared/scan/scanner.ts';
import { createTwin } from '../../../../shared/scan/twin.ts';
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

const kernel = createKernel(SMALL_PROGRAM, KEY);
const twin = createTwin(SMALL_PROGRAM, KEY);

function searchedIn(scanner: BodyScanner, text: string): number[] {
  return Array.from(scanner.search(text), (part) => [...part]).flat();
}

describe('the kernel', () => {
  it('learns about a body what its twin learns', () => {
    checkProperty(
      fc.property(body, (bytes) => {
        expect(outcomeOf(kernel, bytes)).toEqual(outcomeOf(twin, bytes));
      }),
      { runs: 300 },
    );
  });

  it('rejects what its twin rejects, at the same offset', () => {
    checkProperty(
      fc.property(brokenBody, (bytes) => {
        expect(outcomeOf(kernel, bytes)).toEqual(outcomeOf(twin, bytes));
      }),
      { runs: 1_000 },
    );
  });

  it('keeps to the bounds that its twin keeps to', () => {
    const bounds = fc.record({
      depthMax: fc.integer({ min: 0, max: 4 }),
      valuesMax: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constant(1_000)),
      listedDepthMax: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant(Infinity)),
      candidatesMax: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constant(1_000)),
      readsTexts: fc.boolean(),
    });
    checkProperty(
      fc.property(fc.oneof(body, brokenBody), bounds, (bytes, bounded) => {
        expect(outcomeOf(kernel, bytes, bounded)).toEqual(outcomeOf(twin, bytes, bounded));
      }),
      { runs: 500 },
    );
  });

  it('rejects a body that is cut after any byte as its twin does', () => {
    const text =
      '{"aé": [-0.5e+10, true, null, {"\\ud83d\\ude00b": "日本 \\u00e9 😀"}, []], "k\\n": false, "n": 12}';
    const bytes = Buffer.from(text);
    for (let length = 0; length <= bytes.length; length += 1) {
      const cut = bytes.subarray(0, length);
      expect(outcomeOf(kernel, cut), cut.toString()).toEqual(outcomeOf(twin, cut));
    }
  });

  it('reads on wherever a window ends', () => {
    const cut = '"\\ud83d\\ude00 é日😀ab\\nabba12-34\\u0041", -120.25e-10 , true, {"aé" : [null]}';
    for (let shift = 0; shift <= Buffer.byteLength(cut); shift += 1) {
      const bytes = Buffer.from(`[${' '.repeat(WINDOW_BYTES - 1 - shift)}${cut}]`);
      expect(outcomeOf(kernel, bytes), String(shift)).toEqual(outcomeOf(twin, bytes));
    }
  });

  it('reads on in a text that is longer than a window', () => {
    checkProperty(
      fc.property(literal, fc.integer({ min: 1, max: 9_000 }), (text, length) => {
        const inner = text.slice(1, -1);
        const count = Math.ceil((WINDOW_BYTES + length) / (inner.length + 1));
        const bytes = Buffer.from(`"${`${inner}.`.repeat(count)}"`);
        expect(outcomeOf(kernel, bytes)).toEqual(outcomeOf(twin, bytes));
      }),
      { runs: 10 },
    );
  });

  it('learns the same from all conversations, with the triggers of all detectors', () => {
    const program = detectorProgram(DETECTORS);
    const [all, reference] = [createKernel(program, KEY), createTwin(program, KEY)];
    expect(CONVERSATION_FILES.length).toBeGreaterThan(2);
    for (const bytes of CONVERSATION_FILES) {
      expect(outcomeOf(all, bytes)).toEqual(outcomeOf(reference, bytes));
    }
  });

  it('reads several bodies in turn', () => {
    checkProperty(
      fc.property(fc.array(literal, { minLength: 2, maxLength: 4 }), (literals) => {
        const bodies = literals.map((each) => {
          const count = Math.ceil((3 * WINDOW_BYTES) / (each.length + 2));
          return Buffer.from(`[${Array.from({ length: count }, () => each).join(', ')}]`);
        });
        const scans = bodies.map((bytes) => kernel.steps(bytes, BOUNDS));
        const results: unknown[] = [];
        while (results.filter(Boolean).length < scans.length) {
          for (const [index, scan] of scans.entries()) {
            const step = scan.next();
            if (step.done) results[index] ??= step.value;
          }
        }
        expect(results).toEqual(bodies.map((bytes) => indexOf(kernel, bytes)));
      }),
      { runs: 5 },
    );
  });

  it('goes on after a scan that was given up, or failed', () => {
    const given = kernel.steps(Buffer.from(`["${'a'.repeat(3 * WINDOW_BYTES)}"]`), BOUNDS);
    given.next();
    outcomeOf(kernel, '[1');
    expect(outcomeOf(kernel, '["abba"]')).toEqual(outcomeOf(twin, '["abba"]'));
  });

  it('searches a text as its twin does, and as in a body', () => {
    checkProperty(
      fc.property(fc.oneof(manyTriggers, fc.string({ unit: 'binary' })), (text) => {
        const found = searchedIn(kernel, text);
        expect(found).toEqual(searchedIn(twin, text));
        // A lone surrogate can be in a body as an escape only.
        const bytes = Buffer.from(JSON.stringify(text));
        expect(found).toEqual([...candidatesOf(indexOf(kernel, bytes), 0)]);
      }),
      { runs: 300 },
    );
  });

  it('searches several long texts and bodies in turn', () => {
    const texts = ['ab 1-2-3 é ', '@ab'].map((part) => part.repeat(WINDOW_BYTES / 3));
    const parts = texts.map((): number[] => []);
    const open = new Map(texts.map((text, index) => [index, kernel.search(text)]));
    while (open.size > 0) {
      for (const [index, search] of open) {
        outcomeOf(kernel, '["ab"]');
        const step = search.next();
        if (step.done) open.delete(index);
        else parts[index]?.push(...step.value);
      }
    }
    expect(parts).toEqual(texts.map((text) => searchedIn(kernel, text)));
    expect(parts[0]?.slice(0, 2_000)).toEqual(
      searchedIn(twin, texts[0]?.slice(0, 9_000) ?? '').slice(0, 2_000),
    );
  });

  it('says which strings had too many candidates, and loses none', () => {
    const flood = '@'.repeat(2_000_000);
    const bytes = Buffer.from(JSON.stringify(['ab', flood, 'ab']));
    const index = indexOf(kernel, bytes, { candidatesMax: 100_000 });
    const flags = [0, 1, 2].map(
      (string) => (index.strings[string * STRING_WORDS + 1] ?? 0) & OMITTED,
    );
    expect(flags).toEqual([0, OMITTED, 0]);
    const counts = [0, 1, 2].map((string) => candidatesOf(index, string).length / 2);
    expect(counts).toEqual([3, 0, 3]);
    let found = 0;
    for (const part of kernel.search(flood)) {
      expect(part.length).toBeLessThan(1_000_000);
      found += part.length / 2;
    }
    expect(found).toBe(2_000_000);
  });
});
