import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanJson, type JsonNode, type JsonString } from '../../../../shared/json/parse.ts';
import { stringAt } from '../../../../shared/json/edit.ts';
import { STRING, STRING_WORDS } from '../../../../shared/scan/body-index.ts';
import { createKernel } from '../../../../shared/scan/kernel.ts';
import { jsonTree, treeSteps } from '../../../../shared/scan/json-tree.ts';
import { withoutIndexes } from '../../../kit/plain-trees.ts';
import { checkProperty } from '../../../kit/properties.ts';
import { body, indexOf, KEY, SMALL_PROGRAM } from '../../../kit/scan-bodies.ts';

const kernel = createKernel(SMALL_PROGRAM, KEY);

function* stringsIn(node: JsonNode): Generator<JsonString> {
  if (node.kind === 'string') yield node;
  if (node.kind === 'array') for (const item of node.items) yield* stringsIn(item);
  if (node.kind !== 'object') return;
  for (const { key, value } of node.properties) {
    yield key;
    yield* stringsIn(value);
  }
}

describe('the tree of an index', () => {
  it('is the tree of the text, as deep as it is wanted', () => {
    checkProperty(
      fc.property(body, fc.constantFrom(0, 1, 2, undefined), (bytes, listedDepthMax) => {
        const text = Buffer.from(bytes).toString();
        const bounds = listedDepthMax === undefined ? {} : { listedDepthMax };
        const expected = scanJson(text, bounds);
        expect(withoutIndexes(jsonTree(indexOf(kernel, bytes), listedDepthMax))).toEqual(expected);
        expect(withoutIndexes(jsonTree(indexOf(kernel, bytes, bounds)))).toEqual(expected);
      }),
    );
  });

  it('has the number of each string', () => {
    checkProperty(
      fc.property(body, (bytes) => {
        const text = Buffer.from(bytes).toString();
        const index = indexOf(kernel, bytes);
        const strings = [...stringsIn(jsonTree(index))];
        expect(strings.map((string) => string.index)).toEqual([...strings.keys()]);
        for (const [number, string] of strings.entries()) {
          const { length } = stringAt(text, string);
          expect(index.strings[number * STRING_WORDS + STRING.length]).toBe(length);
        }
      }),
    );
  });

  it('is built in steps', () => {
    const index = indexOf(kernel, `[${'0,'.repeat(40_000)}{"a":"b"}]`);
    expect([...treeSteps(index)].length).toBeGreaterThan(8);
  });
});
