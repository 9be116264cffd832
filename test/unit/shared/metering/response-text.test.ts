import { describe, expect, it } from 'vitest';
import { scanJson } from '../../../../shared/json/parse.ts';
import { contentChars, deltaChars } from '../../../../shared/metering/response-text.ts';

describe('the size of what a model wrote', () => {
  it.each([
    [[{ type: 'text', text: 'abcd' }], 4],
    [[{ type: 'thinking', thinking: 'abc', signature: 'xxxxxxxx' }], 3],
    [[{ type: 'tool_use', name: 'a', input: {} }], 0],
    [[{ type: 'tool_use', name: 'a', input: { b: 1 } }], 5],
    [[{ type: 'compaction', content: 'ab' }], 2],
    [[{ type: 'text', text: 'ab' }, 7, null, { type: 'text' }, { type: 'text', text: 'c' }], 3],
    [[{ type: 'web_search_tool_result', content: [{ type: 'text', text: 'abc' }] }], 0],
    [[], 0],
  ])('in %j is %d characters', (content, chars) => {
    const json = JSON.stringify(content);
    const root = scanJson(json);
    expect(contentChars(json, root.kind === 'array' ? root.items : [])).toBe(chars);
  });

  it('in an event of a stream is about that of its text', () => {
    for (const length of [1, 20, 500]) {
      const delta = { type: 'text_delta', text: 'x'.repeat(length) };
      const data = JSON.stringify({ type: 'content_block_delta', index: 0, delta });
      const bytes = Buffer.byteLength(`event: content_block_delta\ndata: ${data}\n\n`);
      expect(Math.abs(deltaChars(bytes) - length)).toBeLessThan(5);
    }
    expect(deltaChars(3)).toBe(1);
  });
});
