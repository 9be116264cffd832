// A body that a worker has changed, as the next worker finds it: as if it had been read anew.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Edit } from '../../../../shared/json/edit.ts';
import { LruCache } from '../../../../shared/runtime/lru-cache.ts';
import {
  editBody,
  parsedBody,
  parseRequest,
  type ParsedRequest,
} from '../../../../shared/anthropic/parsed-request.ts';
import { generatedRequest } from '../../../kit/generated-requests.ts';
import { checkProperty } from '../../../kit/properties.ts';

const BOUNDS = { jsonDepthMax: 100, jsonValuesMax: 10_000 };
const TEXT = '{"a":"one","messages":[{"role":"user","content":"two \\n three"}],"n":12}';

/** The body after edits: as it was moved, and as it reads. */
function edited(text: string, edits: readonly Edit[]) {
  const before = Buffer.from(text);
  parseRequest(before, BOUNDS);
  const bytes = editBody(before, edits);
  return { moved: parsedBody(bytes), anew: () => parseRequest(Uint8Array.from(bytes), BOUNDS) };
}

function placesOf({ text, root, textFields }: ParsedRequest) {
  return { text, root, textFields };
}

function edit(text: string, by: string): Edit {
  const start = TEXT.indexOf(text);
  return { start, end: start + text.length, text: by };
}

describe('a body after edits', () => {
  it('is as if it were read anew, wherever its strings were edited', () => {
    const choice = fc.record({
      share: fc.double({ min: 0, max: 0.999, noNaN: true }),
      from: fc.nat(30),
      units: fc.nat(30),
      by: fc.string({ unit: fc.constantFrom('a', ' ', 'ü', '😀', '['), maxLength: 40 }),
    });
    checkProperty(
      fc.property(generatedRequest, fc.array(choice, { minLength: 1 }), ({ body }, choices) => {
        const text = JSON.stringify(body);
        const read = parseRequest(Buffer.from(text), BOUNDS);
        const { texts } = read.textFields;
        const editByStart = new Map<number, Edit>();
        for (const { share, from, units, by } of choices) {
          const span = texts[Math.floor(share * texts.length)];
          // Where nothing is escaped any place is between characters, but for those beyond 0xffff.
          if (!span || /[\\\ud800-\udfff]/.test(text.slice(span.start, span.end))) continue;
          const start = Math.min(span.start + 1 + from, span.end - 1);
          const end = Math.min(start + units, span.end - 1);
          editByStart.set(span.start, { start, end, text: by });
        }
        const { moved, anew } = edited(text, [...editByStart.values()]);
        expect(moved && placesOf(moved)).toEqual(placesOf(anew()));
      }),
    );
  });

  it('keeps the keys of texts that are the same, and of no others', () => {
    const before = Buffer.from(TEXT);
    const read = parseRequest(before, BOUNDS);
    const keys = read.textFields.texts.map((span) => read.textAt(span).key);
    const moved = parsedBody(editBody(before, [edit('one', 'four')]));
    expect(moved?.textFields.texts.map((span) => moved.textAt(span).key)).toEqual([
      ...keys.slice(0, -1),
      LruCache.keyOf('"four"'),
    ]);
  });

  it.each([
    ['a quote', [edit('one', 'o"n')]],
    ['an escape', [edit('one', '\\u0041')]],
    ['a line feed', [edit('one', '\n')]],
    ['a number', [edit('12', '13')]],
    ['a whole string', [edit('"one"', 'null')]],
    ['two strings at once', [edit('one","messages', 'x')]],
    ['another member', [{ start: 1, end: 1, text: 'x' }]],
    ['half a character', [edit('one', '\ud83d')]],
    ['a number beside a string', [edit('one', 'two'), edit('12', '13')]],
  ])('is read anew after an edit of %s', (_, edits) => {
    const { moved } = edited(TEXT, edits);
    expect(moved).toBeUndefined();
  });

  it('is not worked out where nobody has read what was before', () => {
    const bytes = editBody(Buffer.from(TEXT), [edit('one', 'two')]);
    expect(parsedBody(bytes)).toBeUndefined();
    expect(bytes.toString()).toBe(TEXT.replace('one', 'two'));
  });

  it('may be nested as deeply as any other', () => {
    const deep = `${'['.repeat(50_000)}"one"${']'.repeat(50_000)}`;
    const before = Buffer.from(deep);
    const bounds = { jsonDepthMax: 50_001, jsonValuesMax: 100_000 };
    parseRequest(before, bounds);
    const [start, end] = [50_001, 50_004];
    const bytes = editBody(before, [{ start, end, text: 'seven' }]);
    const moved = parsedBody(bytes);
    expect(moved?.textFields.texts).toEqual([{ kind: 'string', start: 50_000, end: 50_007 }]);
    expect(moved?.root.end).toBe(100_007);
  });
});
