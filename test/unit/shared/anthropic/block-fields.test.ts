import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  BLOCKS,
  CUSTOM_TOOL,
  SOURCES,
  toolFields,
} from '../../../../shared/anthropic/block-fields.ts';
import type { Fields } from '../../../../shared/anthropic/protocol-fields.ts';

/** The declarations of the SDK, without comments. */
const SDK = ['messages', 'beta/messages']
  .map((folder) => `node_modules/@anthropic-ai/sdk/resources/${folder}/messages.d.ts`)
  .map((path) => readFileSync(path, 'utf8').replaceAll(/\/\*\*[^]*?\*\//g, ''))
  .join('\n');

interface Declared {
  readonly name: string;
  readonly type: string;
  readonly fields: readonly string[];
}

/** Interfaces with one literal `type`. */
const DECLARED: readonly Declared[] = [
  ...SDK.matchAll(/export interface (\w+)[^{]*\{([^]*?)\n\}/g),
].flatMap(([, name = '', body = '']) => {
  const type = /\btype: '(\w+)';/.exec(body)?.[1];
  const fields = [...body.matchAll(/^ {4}(\w+)\??:/gm)].map(([, field = '']) => field);
  return type === undefined ? [] : [{ name, type, fields }];
});

const named = (pattern: RegExp) => DECLARED.filter(({ name }) => pattern.test(name));

/** Fields that the grammar does not list, and so reads as text with their keys. */
function unlisted({ fields }: Declared, known: Fields | undefined): string[] {
  return fields.filter((field) => !known?.has(field));
}

describe('the grammar knows the fields of the SDK', () => {
  const blocks = named(/Block(?:Param)?$/);

  it.each(blocks)('$name', (block) => {
    // Of fields that may hold anything, also the keys are text.
    const free = ['trigger'];
    expect(unlisted(block, BLOCKS.get(block.type)).filter((name) => !free.includes(name))).toEqual(
      [],
    );
  });

  it.each(named(/Citation\w+Location(?:Param)?$/))('$name', (citation) => {
    expect(unlisted(citation, BLOCKS.get(citation.type))).toEqual([]);
  });

  it.each(named(/(?:Image|PDF|Text|Document)Source$/))('$name', (source) => {
    expect(unlisted(source, SOURCES.get(source.type))).toEqual([]);
  });

  const tools = named(/Tool(?:set)?\w*\d{8}$|MCPToolset$/).filter(
    ({ name }) => !name.includes('Caller'),
  );
  it.each(tools)('$name', (tool) => {
    const free = ['url_sources'];
    expect(toolFields(tool.type)).not.toBe(CUSTOM_TOOL);
    expect(unlisted(tool, toolFields(tool.type)).filter((name) => !free.includes(name))).toEqual(
      [],
    );
  });

  it('of blocks, citations, sources and tools, and there are some of each', () => {
    expect(blocks.length).toBeGreaterThan(50);
    expect(tools.length).toBeGreaterThan(20);
  });
});
