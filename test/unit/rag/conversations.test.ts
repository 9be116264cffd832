// The rag stage over the turns of a conversation: earlier passages are restored byte for byte.

import { describe, expect, it } from 'vitest';
import { limits } from '../../../shared/limits.ts';
import {
  RESPONSE,
  LEAVE,
  QUESTION,
  request,
  resultsIn,
  ragFinding,
  sentBy,
  SICK,
  type Sent,
} from '../../kit/questions.ts';
import { collectionNamed } from '../../kit/retrieval.ts';

describe('the rag stage, in a conversation,', () => {
  const NEXT = { role: 'user', content: 'And when I am ill?' };

  it('restores the same bytes in an earlier turn, from any process and whatever is found now', async () => {
    await using harness = await ragFinding([LEAVE]);
    const first = await sentBy(harness, request([QUESTION]));
    const other = harness.another();
    other.finds([SICK]);
    const second = await other.ask(request([QUESTION, RESPONSE, NEXT]));
    const sent = JSON.parse(second.sent) as Sent;
    expect(JSON.stringify(sent.messages[0])).toBe(JSON.stringify(first.messages[0]));
    expect(resultsIn(sent, 2).map(({ source }) => source)).toEqual(['sick days.md']);
    expect(second.retrievalReport?.header).toBe(
      'found; documents="handbook/sick%20days.md"; again=1',
    );
  });

  it('recognizes a turn when clients move cache markers, send text as a block, or omit thinking', async () => {
    await using harness = await ragFinding([LEAVE]);
    const env = {
      role: 'system',
      content: [{ type: 'text', text: 'cwd', cache_control: { type: 'ephemeral' } }],
    };
    await harness.ask(request([QUESTION]));
    await harness.ask(request([QUESTION, RESPONSE, NEXT, env]));
    harness.finds([]);
    const asBlock = {
      role: 'user',
      content: [{ cache_control: { type: 'ephemeral' }, type: 'text', text: QUESTION.content }],
    };
    const silent = { role: 'assistant', content: [{ type: 'text', text: '30 days.' }] };
    const last = { role: 'user', content: 'Thanks?' };
    const later = await harness.ask(
      request([asBlock, silent, NEXT, { role: 'system', content: 'cwd' }, silent, last]),
    );
    expect(later.retrievalReport?.header).toBe('none; again=2');
  });

  it('does not search in the middle of a turn, which would break signed thinking', async () => {
    await using harness = await ragFinding([LEAVE]);
    const use = {
      role: 'assistant',
      content: [{ type: 'tool_use', id: 't', name: 'n', input: {} }],
    };
    const result = {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: 't', content: '?' }],
    };
    const strange = await harness.ask(request([QUESTION, use, result]));
    expect(strange.retrievalReport?.header).toBe('continued; lost=1');
    expect(harness.questions).toEqual([]);
    const first = await sentBy(harness, request([QUESTION]));
    const loop = await sentBy(harness, request([QUESTION, use, result]));
    expect(loop.messages[0]).toEqual(first.messages[0]);
    expect(harness.questions).toHaveLength(1);
  });

  it('gives a retry the same passages, and searches again only when documents have changed', async () => {
    await using harness = await ragFinding([LEAVE]);
    const first = await harness.ask(request([QUESTION]));
    harness.finds([SICK]);
    expect((await harness.ask(request([QUESTION]))).sent).toBe(first.sent);
    await harness.store.touchCollection('handbook');
    harness.clock.advance(limits.rag.settingsFreshMs);
    const sent = await sentBy(harness, request([QUESTION]));
    expect(resultsIn(sent, 0).map(({ source }) => source)).toEqual(['sick days.md']);
  });

  it('remembers that nothing was found', async () => {
    await using harness = await ragFinding([]);
    await harness.ask(request([QUESTION]));
    harness.finds([LEAVE]);
    const later = await harness.ask(request([QUESTION, RESPONSE, NEXT]));
    expect(resultsIn(JSON.parse(later.sent) as Sent, 0)).toEqual([]);
    expect(later.retrievalReport?.header).not.toContain('lost');
  });

  it('reports lost passages of an expired conversation, and leaves its turns unchanged', async () => {
    await using harness = await ragFinding([LEAVE]);
    await harness.ask(request([QUESTION]));
    harness.clock.advance(limits.rag.augmentationMs + 1);
    const later = await harness.ask(request([QUESTION, RESPONSE, NEXT]));
    expect((JSON.parse(later.sent) as Sent).messages[0]).toEqual(QUESTION);
    expect(later.retrievalReport?.header).toBe('found; documents="handbook/leave.md"; lost=1');
  });

  it('does not share pinned passages between keys', async () => {
    await using harness = await ragFinding([LEAVE]);
    await harness.ask(request([QUESTION]), { tenant: 'one' });
    harness.finds([]);
    const { retrievalReport } = await harness.ask(request([QUESTION, RESPONSE, NEXT]), {
      tenant: 'other',
    });
    expect(retrievalReport?.header).toBe('none; lost=1');
  });

  it('restores nothing from a collection that the key has lost', async () => {
    await using harness = await ragFinding([LEAVE]);
    await harness.store.putCollection(collectionNamed('faq'));
    await harness.ask(request([QUESTION]));
    const rag = { collections: ['faq'], search: true };
    harness.finds([]);
    const { sent, retrievalReport } = await harness.ask(request([QUESTION, RESPONSE, NEXT]), {
      rag,
    });
    expect(sent).not.toContain(LEAVE.text);
    expect(retrievalReport?.header).toBe('none; lost=1');
    const counted = { rag, path: '/v1/messages/count_tokens' };
    const again = await harness.ask(request([QUESTION]), counted);
    expect(again.sent).not.toContain(LEAVE.text);
    expect(again.retrievalReport?.header).toBe('skipped; lost=1');
  });

  it('keeps search result numbers right on both sides', async () => {
    await using harness = await ragFinding([LEAVE, SICK]);
    const own = (source: string) => ({
      type: 'search_result',
      source,
      title: source,
      content: [{ type: 'text', text: source }],
      citations: { enabled: true },
    });
    const question = (text: string, ...results: object[]) => ({
      role: 'user',
      content: [...results, { type: 'text', text }],
    });
    const first = question('One?', own('a'));
    const { retrievalReport } = await harness.ask(request([first]));
    // The upstream counts a, leave, sick, and so does the client, whose own result comes first.
    expect(retrievalReport?.searchResults).toBeUndefined();

    const cites = (...indexes: number[]) => ({
      role: 'assistant',
      content: [
        {
          type: 'text',
          text: 'So.',
          citations: indexes.map((search_result_index) => ({
            type: 'search_result_location',
            search_result_index,
          })),
        },
      ],
    });
    harness.finds([SICK]);
    const two = question('Two?', own('b'));
    const second = await harness.ask(request([first, cites(0, 1, 2), two]));
    // The upstream counts a, leave, sick, b, sick; the client counts a, b, then leave, sick, sick.
    expect(second.retrievalReport?.searchResults).toEqual([0, 2, 3, 1, 4]);

    const third = await harness.ask(
      request([first, cites(0, 1, 2), two, cites(0, 1, 2, 3, 4), question('Three?', own('c'))]),
    );
    const { messages } = JSON.parse(third.sent) as Sent;
    const numbers = (turn: number) =>
      JSON.stringify(messages[turn])
        .match(/(?<=search_result_index":)\d+/g)
        ?.map(Number);
    expect(numbers(1)).toEqual([0, 1, 2]);
    expect(numbers(3)).toEqual([0, 3, 1, 2, 4]);
  });

  it.each([
    ['cites as the client does', [{ enabled: true }], {}, true],
    ['cites nothing if the client does not', [undefined], {}, false],
    ['cites nothing with an output format', [], { output_config: { format: {} } }, false],
  ])('%s', async (_, own, more, isCited) => {
    await using harness = await ragFinding([LEAVE]);
    const documents = own.map((citations) => ({
      type: 'document',
      source: { type: 'text', media_type: 'text/plain', data: 'd' },
      ...(citations ? { citations } : {}),
    }));
    const content = [...documents, { type: 'text', text: 'How?' }];
    const sent = await sentBy(harness, request([{ role: 'user', content }], more));
    expect(resultsIn(sent, 0).map(({ citations }) => citations?.enabled ?? false)).toEqual([
      isCited,
    ]);
  });
});
