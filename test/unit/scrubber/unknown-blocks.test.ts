// A field means what the protocol says only in an object whose type is known.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCKS } from '../../../shared/anthropic/block-fields.ts';
import { checkProperty } from '../../kit/properties.ts';
import { scrubbing, tokensIn } from '../../kit/scrubbing.ts';

const ANN = 'ann.lee@corp-mail.org';
const user = (...content: unknown[]) => ({ messages: [{ role: 'user', content }] });

/** Names that mean something in some block. */
const NAMES = [...BLOCKS.values()]
  .flatMap((fields) => [...fields.keys()])
  .concat('data', 'signature', 'media_type', 'encrypted_content', 'customer_id', 'ids', 'url')
  .filter((name, index, all) => name !== 'type' && all.indexOf(name) === index);

const PLACES: Readonly<Record<string, (block: unknown) => unknown>> = {
  'a message': (block) => user(block),
  'the system prompt': (block) => ({ system: [block] }),
  'a tool result': (block) =>
    user({ type: 'tool_result', tool_use_id: 'toolu_1', content: [block] }),
  'a document': (block) =>
    user({ type: 'document', source: { type: 'content', content: [block] } }),
  'an unknown field': (block) => ({ new_field: { deep: [block] } }),
  'a tool call': (input) => user({ type: 'tool_use', id: 'toolu_1', name: 'n', input }),
};

describe.each(Object.entries(PLACES))('a block of an unknown type in %s', (_place, place) => {
  it.each(NAMES)('is text, also its field %s', async (name) => {
    const body = JSON.stringify(place({ type: 'hologram', [name]: ANN }));
    const { text } = await scrubbing()(body);
    expect(text).not.toContain(ANN);
    expect(text.replace(tokensIn(text)[0] ?? '', ANN)).toBe(body);
  });

  it('is text at any depth, values and keys', async () => {
    const name = fc.constantFrom(...NAMES);
    const leaf = fc.constantFrom<unknown>(ANN, { [ANN]: 1 }, [ANN], { type: ANN });
    const { block } = fc.letrec<{ block: unknown }>((tie) => ({
      block: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.tuple(name, tie('block')).map(([key, value]) => ({ type: 'hologram', [key]: value })),
        tie('block').map((inner) => [inner]),
      ),
    }));
    await checkProperty(
      fc.asyncProperty(name, block, async (key, value) => {
        const { text } = await scrubbing()(
          JSON.stringify(place({ type: 'hologram', [key]: value })),
        );
        expect(text).not.toContain(ANN);
      }),
      { runs: 60 },
    );
  });
});

describe('a block of a known type', () => {
  it.each([...BLOCKS.keys()])('has no fields but its own: %s', async (type) => {
    const fields = BLOCKS.get(type);
    const others = NAMES.filter((name) => !fields?.has(name));
    for (const name of others) {
      const { text } = await scrubbing()(JSON.stringify(user({ type, [name]: ANN })));
      expect([name, text.includes(ANN)]).toEqual([name, false]);
    }
  });

  it.each([
    ['a message', { messages: [{ role: 'user', type: 'thinking', content: ANN }] }],
    ['a request', { type: 'redacted_thinking', messages: [{ role: 'user', content: ANN }] }],
    ['a tool', { tools: [{ type: 'compaction', name: 'n', description: ANN }] }],
    [
      'a custom tool',
      { tools: [{ type: 'custom', name: 'n', model: ANN, allowed_domains: [ANN] }] },
    ],
    ['a container', { container: { id: 'container_1', note: ANN } }],
    [
      'a cache marker',
      user({ type: 'text', text: 'a', cache_control: { type: 'ephemeral', by: ANN } }),
    ],
    ['a role that is none', { messages: [{ role: ANN, content: 'a' }] }],
    ['an id that is none', user({ type: 'tool_result', tool_use_id: ANN })],
    ['citations', user({ type: 'document', title: ANN, context: ANN, citations: { note: ANN } })],
    ['a compaction', { context_management: { edits: [{ type: 'compact_20260112', a: ANN }] } }],
    ['base64 that is none', user(media({ data: `call ${ANN}` }))],
    ['an escaped base64 that is none', user(media({ data: 'ann.lee\u0040corp-mail.org' }))],
    ['a media type that is none', user(media({ media_type: ANN, data: ANN }))],
  ])('does not hide text: %s', async (_what, body) => {
    expect((await scrubbing()(JSON.stringify(body))).text).not.toContain(ANN);
  });

  it('passes with its own fields unchanged', async () => {
    const body = JSON.stringify(
      user(
        {
          type: 'tool_use',
          id: 'toolu_01A09q90qw',
          name: 'send',
          caller: { type: 'direct' },
          input: {},
        },
        { type: 'thinking', thinking: `I write to ${ANN}`, signature: 'EqQBCg==' },
        { type: 'redacted_thinking', data: ANN },
        { type: 'hologram', parts: [{ type: 'thinking', thinking: ANN, signature: 'EqQB' }] },
      ),
    );
    const { text, vault } = await scrubbing()(body);
    expect([text, vault.counts]).toEqual([body, {}]);
  });
});

function media(fields: object): object {
  return {
    type: 'image',
    source: { type: 'base64', media_type: 'image/png', data: 'iVBO', ...fields },
  };
}

describe('base64 media', () => {
  it.each([
    ['an image', media({})],
    ['a document', { ...media({ media_type: 'application/pdf' }), type: 'document' }],
    ['a block of an unknown type', { ...media({ media_type: 'video/mp4' }), type: 'video' }],
    ['lines', media({ data: 'iVBO\r\nRw0K\n' })],
    ['escaped slashes', media({ data: 'iV//BO' })],
  ])('passes and is counted: %s', async (_what, block) => {
    const body = JSON.stringify(user(block)).replaceAll('//', '\\/\\/');
    const { text, vault } = await scrubbing()(body);
    expect([text, vault.opaque]).toEqual([body, 1]);
  });
});
