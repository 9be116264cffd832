import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splicedBytes } from '../../../../shared/json/byte-splice.ts';
import type { Edit } from '../../../../shared/json/edit.ts';
import { finished } from '../../../../shared/runtime/finished.ts';
import { NO_STRING, NODE, NODE_KINDS, NODE_WORDS } from '../../../../shared/scan/body-index.ts';
import { createKernel } from '../../../../shared/scan/kernel.ts';
import { movedNodes } from '../../../../shared/scan/moved-nodes.ts';
import { checkProperty } from '../../../kit/properties.ts';
import { body, indexOf, KEY, SMALL_PROGRAM } from '../../../kit/scan-bodies.ts';

const kernel = createKernel(SMALL_PROGRAM, KEY);

const recordsOf = (nodes: Uint32Array) =>
  Array.from({ length: nodes.length / NODE_WORDS }, (_, at) =>
    Array.from(nodes.subarray(at * NODE_WORDS, (at + 1) * NODE_WORDS)),
  );
const isString = (kind: number | undefined) =>
  NODE_KINDS[kind ?? 0] === 'string' || NODE_KINDS[kind ?? 0] === 'key';

/** The nodes of a body after edits. */
function moved(bytes: Uint8Array, edits: readonly Edit[]) {
  const text = Buffer.from(bytes).toString();
  const spliced = finished(splicedBytes(bytes, text, edits));
  const steps = spliced && movedNodes(indexOf(kernel, bytes).nodes, spliced.places);
  return { spliced, nodes: steps && finished(steps)?.nodes };
}

describe('nodes after edits', () => {
  it('are those of the edited body, of which edited strings have no number', () => {
    const choice = fc.record({
      share: fc.nat(999),
      from: fc.nat(9),
      length: fc.nat(9),
      by: fc.string({ unit: fc.constantFrom('a', ' ', 'ü', '日', '😀', '['), maxLength: 9 }),
    });
    let count = 0;
    checkProperty(
      fc.property(body, fc.array(choice, { minLength: 1, maxLength: 9 }), (bytes, choices) => {
        const strings = recordsOf(indexOf(kernel, bytes).nodes).filter(([kind]) => isString(kind));
        const editByStart = new Map<number, Edit>();
        for (const { share, from, length, by } of choices) {
          const node = strings[Math.floor((share * strings.length) / 1_000)];
          const first = (node?.[NODE.startUnit] ?? 0) + 1;
          const last = (node?.[NODE.endUnit] ?? 0) - 1;
          const literal = Buffer.from(bytes).toString().slice(first, last);
          // Without escapes the text stays JSON, wherever it is cut.
          if (!node || literal.includes('\\')) continue;
          const start = Math.min(first + from, last);
          editByStart.set(first, { start, end: Math.min(start + length, last), text: by });
        }
        const edits = editByStart
          .values()
          .toArray()
          .toSorted((one, other) => one.start - other.start);
        // Half of a surrogate pair is never cut from bytes.
        const { spliced, nodes } = moved(bytes, edits);
        fc.pre(spliced !== undefined);
        const after = spliced?.bytes ?? Buffer.from(bytes);
        const expected = recordsOf(indexOf(kernel, after).nodes);
        const actual = recordsOf(nodes ?? new Uint32Array());
        let changed = 0;
        for (const [at, node] of expected.entries()) {
          if (actual[at]?.[NODE.string] !== NO_STRING) continue;
          changed += 1;
          node[NODE.string] = NO_STRING;
        }
        expect(actual).toEqual(expected);
        expect(changed).toBe(edits.length);
        count += changed;
      }),
      { runs: 500 },
    );
    expect(count).toBeGreaterThan(100);
  });

  const TEXT = '{"a":"one","b":[12,"two"]}';
  it.each([
    ['a number', 16, 18],
    ['a quote', 5, 7],
    ['a string with its quotes', 5, 10],
    ['two strings', 7, 21],
    ['what is between values', 10, 10],
  ])('are unknown after an edit of %s', (_, start, end) => {
    const { nodes } = moved(Buffer.from(TEXT), [{ start, end, text: '3' }]);
    expect(nodes).toBeUndefined();
  });

  it('are moved in steps', () => {
    const bytes = Buffer.from(`["a",${'0,'.repeat(40_000)}0]`);
    const edits = [{ start: 2, end: 3, text: 'long' }];
    const spliced = finished(splicedBytes(bytes, bytes.toString(), edits));
    const steps = spliced ? movedNodes(indexOf(kernel, bytes).nodes, spliced.places) : [];
    expect([...steps].length).toBeGreaterThan(1);
  });
});
