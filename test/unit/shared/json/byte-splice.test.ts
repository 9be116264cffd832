import { isUtf8 } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splicedBytes } from '../../../../shared/json/byte-splice.ts';
import { orderedEdits, splice, type Edit } from '../../../../shared/json/edit.ts';
import { finished } from '../../../../shared/runtime/finished.ts';
import { checkProperty } from '../../../kit/properties.ts';
import { body, brokenBody } from '../../../kit/scan-bodies.ts';

const inserted = fc.string({
  unit: fc.constantFrom('a', '[', '"', '\\', 'é', '日', '😀', '\ud83d', '\ude00', '\u0000'),
  maxLength: 12,
});

/** Disjoint edits of a text, in any order. */
const editsOf = (text: string): fc.Arbitrary<readonly Edit[]> =>
  fc
    .array(fc.tuple(fc.nat(text.length), fc.nat(20), inserted), { maxLength: 12 })
    .map((choices) => {
      let at = 0;
      const edits: Edit[] = [];
      for (const [start, length, by] of choices.toSorted(([one], [other]) => one - other)) {
        if (start < at) continue;
        at = Math.min(text.length, start + length);
        edits.push({ start, end: at, text: by });
      }
      return edits;
    })
    .chain((edits) => fc.shuffledSubarray(edits, { minLength: edits.length }));

const edited = (bodies: fc.Arbitrary<Uint8Array>) =>
  bodies.chain((bytes) => {
    const text = Buffer.from(bytes).toString();
    return fc.tuple(fc.constant(bytes), editsOf(text));
  });

function splicedIn(bytes: Uint8Array, edits: readonly Edit[]) {
  const text = Buffer.from(bytes).toString();
  return finished(splicedBytes(bytes, text, finished(orderedEdits(text, edits))));
}

/** Whether a cut splits a surrogate pair. */
const isInPair = (text: string, at: number) =>
  /[\ud800-\udbff]$/.test(text.slice(Math.max(0, at - 1), at)) &&
  /^[\udc00-\udfff]/.test(text.slice(at));

describe('bytes in which edits are spliced', () => {
  it('are those of the edited text', () => {
    let count = 0;
    checkProperty(
      fc.property(edited(body), ([bytes, edits]) => {
        const text = Buffer.from(bytes).toString();
        const spliced = splicedIn(bytes, edits);
        const isCut = edits.some(
          ({ start, end, text: by }) =>
            !by.isWellFormed() || isInPair(text, start) || isInPair(text, end),
        );
        if (spliced) count += 1;
        // Only the text can be edited within a pair.
        expect(spliced?.bytes.toString('hex')).toBe(
          isCut ? undefined : Buffer.from(splice(text, edits)).toString('hex'),
        );
      }),
      { runs: 1_000 },
    );
    expect(count).toBeGreaterThan(100);
  });

  it('are never made of bytes that are not UTF-8', () => {
    const isSpliced = new Set<boolean>();
    checkProperty(
      fc.property(edited(brokenBody), ([bytes, edits]) => {
        const text = Buffer.from(bytes).toString();
        const spliced = splicedIn(bytes, edits)?.bytes ?? Buffer.from(splice(text, edits));
        expect(spliced.equals(Buffer.from(splice(text, edits)))).toBe(true);
        isSpliced.add(isUtf8(bytes) || splicedIn(bytes, edits) === undefined);
      }),
      { runs: 500 },
    );
    expect([...isSpliced]).toEqual([true]);
  });

  it('may be many, of any length', () => {
    const text = 'é😀a'.repeat(300_000);
    const edits = Array.from({ length: 3_000 }, (_, at) => {
      const start = 4 * 100 * at;
      return { start, end: start + 1, text: '[NAME_日]' };
    });
    const steps = splicedBytes(Buffer.from(text), text, edits);
    let count = 0;
    let step = steps.next();
    for (; !step.done; step = steps.next()) count += 1;
    expect(step.value?.bytes.equals(Buffer.from(splice(text, edits)))).toBe(true);
    expect(count).toBeGreaterThan(4);
  });
});
