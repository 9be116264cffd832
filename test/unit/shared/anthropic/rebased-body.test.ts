import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splicedBytes } from '../../../../shared/json/byte-splice.ts';
import { orderedEdits, splice, type Edit } from '../../../../shared/json/edit.ts';
import { RequestBody } from '../../../../shared/protocol/body.ts';
import { finished } from '../../../../shared/runtime/finished.ts';
import { TextValue } from '../../../../shared/json/text-value.ts';
import { parseRequest, type ParsedRequest } from '../../../../shared/anthropic/parsed-request.ts';
import { generatedRequest } from '../../../kit/generated-requests.ts';
import { stringFields } from '../../../kit/json-text.ts';
import { withoutIndexes } from '../../../kit/plain-trees.ts';
import { checkProperty } from '../../../kit/properties.ts';

const BOUNDS = { depthMax: 100, valuesMax: 10_000 };
const TEXT = '{"a":"one","messages":[{"role":"user","content":"two \\n three"}],"n":12}';

/** The body after edits, rebased and parsed again. */
function edited(before: string | ParsedRequest, unordered: readonly Edit[]) {
  const parsed = typeof before === 'string' ? parseRequest(Buffer.from(before), BOUNDS) : before;
  const edits = finished(orderedEdits(parsed.text, unordered));
  const spliced = finished(splicedBytes(parsed.bytes, parsed.text, edits));
  const rebased = spliced && finished(parsed.rebaseSteps(edits, spliced));
  const bytes = Buffer.from(splice(parsed.text, edits));
  return { rebased, reparse: () => parseRequest(bytes, BOUNDS) };
}

function contentOf({ text, root, textFields }: ParsedRequest) {
  const names = textFields.paths.map((path) => path?.words);
  return { text, names, ...withoutIndexes({ root, textFields }) };
}

function edit(text: string, replacement: string): Edit {
  const start = TEXT.indexOf(text);
  return { start, end: start + text.length, text: replacement };
}

describe('a rebased body', () => {
  it('equals the reparsed body, wherever its strings were edited', () => {
    const choice = fc.record({
      share: fc.nat(999),
      from: fc.nat(30),
      length: fc.nat(30),
      by: fc.oneof(
        fc.string({ unit: fc.constantFrom('a', ' ', 'ü', '😀', '['), maxLength: 40 }),
        fc.constantFrom('text', 'base64', 'document', 'tool_use', 'assistant', 'image/png'),
      ),
    });
    checkProperty(
      fc.property(generatedRequest, fc.array(choice, { minLength: 1 }), ({ body }, choices) => {
        const text = JSON.stringify(body);
        const { root, textFields } = parseRequest(Buffer.from(text), BOUNDS);
        // Those that decide what is text, too.
        const texts = [...textFields.texts, ...stringFields(root)];
        const editByStart = new Map<number, Edit>();
        for (const { share, from, length, by } of choices) {
          const node = texts[Math.floor((share * texts.length) / 1_000)];
          // Without escapes and surrogates every offset is a character boundary.
          if (!node || /[\\\ud800-\udfff]/.test(text.slice(node.start, node.end))) continue;
          const start = Math.min(node.start + 1 + from, node.end - 1);
          const end = Math.min(start + length, node.end - 1);
          editByStart.set(node.start, { start, end, text: by });
        }
        const { rebased, reparse } = edited(text, [...editByStart.values()]);
        expect(rebased && contentOf(rebased)).toEqual(contentOf(reparse()));
      }),
    );
  });

  it('keeps the cache keys of unchanged texts only', () => {
    const parsed = parseRequest(Buffer.from(TEXT), BOUNDS);
    const keys = parsed.textFields.texts.map((node) => parsed.textAt(node).key);
    const { rebased } = edited(parsed, [edit('one', 'four')]);
    const one = new TextValue('"one"').key;
    expect(rebased?.textFields.texts.map((node) => rebased.textAt(node).key)).toEqual(
      keys.map((key) => (key === one ? new TextValue('"four"').key : key)),
    );
  });

  it.each([
    ['a quote', [edit('one', 'o"n')]],
    ['an escape', [edit('one', '\\u0041')]],
    ['a line feed', [edit('one', '\n')]],
    ['a number', [edit('12', '13')]],
    ['a whole string', [edit('"one"', 'null')]],
    ['two strings at once', [edit('one","messages', 'x')]],
    ['another property', [{ start: 1, end: 1, text: 'x' }]],
    ['a number beside a string', [edit('one', 'two'), edit('12', '13')]],
  ])('must be parsed again after an edit of %s', (_, edits) => {
    const { rebased } = edited(TEXT, edits);
    expect(rebased).toBeUndefined();
  });

  it('must be parsed again after an edit of half a character', () => {
    const body = new RequestBody(Buffer.from(TEXT));
    body.parse(BOUNDS);
    const after = body.edit([edit('one', '\ud83d')]);
    expect(contentOf(after.parse(BOUNDS))).toEqual(contentOf(parseRequest(after.bytes, BOUNDS)));
  });

  it('may be nested deeply', () => {
    const deep = `${'['.repeat(4_000)}"one"${']'.repeat(4_000)}`;
    const bounds = { depthMax: 4_001, valuesMax: 100_000 };
    const parsed = parseRequest(Buffer.from(deep), bounds);
    const { rebased } = edited(parsed, [{ start: 4_001, end: 4_004, text: 'seven' }]);
    expect(rebased?.textFields.texts).toEqual([{ kind: 'string', start: 4_000, end: 4_007 }]);
    expect(rebased?.root.end).toBe(8_007);
  });
});
