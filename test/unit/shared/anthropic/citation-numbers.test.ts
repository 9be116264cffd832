import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  restoreBuffered,
  restoring,
} from '../../../../services/ingress/restore/restore-response.ts';
import { StreamSource } from '../../../../shared/anthropic/sse/event-source.ts';
import { numberingOf } from '../../../../shared/anthropic/citation-numbers.ts';
import { EMPTY_VAULT } from '../../../../shared/privacy/vault.ts';
import { checkProperty } from '../../../kit/properties.ts';

const messages = fc.array(fc.record({ own: fc.nat({ max: 4 }), added: fc.nat({ max: 4 }) }), {
  maxLength: 8,
});

describe('numberingOf', () => {
  it('returns inverse mappings between client and upstream', () => {
    checkProperty(
      fc.property(messages, (counts) => {
        const { toClient, toUpstream } = numberingOf(counts);
        const all = counts.reduce((sum, { own, added }) => sum + own + added, 0);
        expect(toClient.map((number) => toUpstream[number])).toEqual([...Array(all).keys()]);
        expect(toClient.toSorted((one, other) => one - other)).toEqual([...Array(all).keys()]);
      }),
    );
  });

  it('numbers the client results as if none were added, whatever follows', () => {
    checkProperty(
      fc.property(messages, fc.nat({ max: 8 }), (counts, count) => {
        const before = counts.slice(0, count);
        const own = before.flatMap((message) => Array(message.own).fill('own'));
        const { toUpstream } = numberingOf(before);
        const kinds = before.flatMap((message) => [
          ...Array<string>(message.own).fill('own'),
          ...Array<string>(message.added).fill('added'),
        ]);
        expect(own.map((_, number) => kinds[toUpstream[number] ?? -1])).toEqual(own);
      }),
    );
  });
});

describe('citations of a response', () => {
  const vault = { ...EMPTY_VAULT, retrievalReport: { header: 'found', searchResults: [2, 0, 1] } };
  const citation = (search_result_index: unknown) => ({
    type: 'search_result_location',
    cited_text: '"search_result_index":0',
    search_result_index,
  });

  it('get the client numbers, with nothing else changed', () => {
    const response = (...numbers: unknown[]) =>
      JSON.stringify({ content: [{ type: 'text', text: 'é', citations: numbers.map(citation) }] });
    const restored = restoreBuffered(Buffer.from(response(0, 1, 2, 9, '1', -1)), vault);
    expect(Buffer.from(restored).toString()).toBe(response(2, 0, 1, 9, '1', -1));
  });

  it('get the client numbers in a stream, wherever it is cut', () => {
    const event = (number: number) =>
      `event: content_block_delta\ndata: ${JSON.stringify({
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'citations_delta', citation: citation(number) },
      })}\n\n`;
    const sent = Buffer.from(event(0) + event(1));
    checkProperty(
      fc.property(fc.nat({ max: sent.length }), (cut) => {
        const restorer = restoring(new StreamSource(), vault);
        const chunks = [sent.subarray(0, cut), sent.subarray(cut)].map((chunk) =>
          Buffer.from(restorer.push(chunk)).toString(),
        );
        const end = Buffer.from(restorer.end()).toString();
        expect(chunks.join('') + end).toBe(event(2) + event(0));
      }),
    );
  });
});
