import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../../../shared/limits.ts';
import { requestFactsOf } from '../../../../shared/policy/request-facts.ts';
import { parseRequest } from '../../../../shared/anthropic/parsed-request.ts';
import { checkProperty } from '../../../kit/properties.ts';

function facts(text: string) {
  return requestFactsOf(parseRequest(Buffer.from(text), limits.json));
}

describe('the facts of a request', () => {
  it('name all models that may be used', () => {
    const body = {
      model: 'a',
      fallbacks: [{ model: 'b' }, { model: 'c' }],
      tools: [{ type: 'advisor_20260301', name: 'advisor', model: 'd' }],
    };
    expect(facts(JSON.stringify(body)).models).toEqual(['a', 'b', 'c', 'd']);
    expect(facts('{"model":"a","fallbacks":"default"}').models).toEqual(['a', 'default']);
  });

  it('include both values of duplicate fields, because parsers differ', () => {
    expect(facts('{"model":"a","mod\\u0065l":"b"}').models).toEqual(['a', 'b']);
    expect(facts('{"max_tokens":5,"max_tokens":9}').outputTokens).toBe(9);
    expect(facts('{"max_tokens":5,"fallbacks":[{"max_tokens":9}]}').outputTokens).toBe(9);
    expect(facts('{"tools":[{"name":"a"}],"tools":[{"name":"b"}]}').tools).toHaveLength(2);
  });

  it('tell where tools run', () => {
    const body = {
      tools: [
        { name: 'Bash', input_schema: {} },
        { type: 'bash_20250124', name: 'bash' },
        { type: 'web_search_20250305', name: 'web_search' },
        { type: 'advisor_20260301', name: 'advisor', model: 'm' },
        { type: 'mcp_toolset', mcp_server_name: 'jira' },
        { name: 'mcp__github__create_issue' },
      ],
      mcp_servers: [{ type: 'url', url: 'https://x', name: 'wiki' }],
      messages: [
        { role: 'system', content: [{ type: 'tool_addition', tools: [{ name: 'late' }] }] },
        { role: 'system', content: [{ type: 'tool_addition', tool: { name: 'later' } }] },
      ],
    };
    expect(facts(JSON.stringify(body)).tools).toEqual([
      { name: 'Bash', kind: 'client' },
      { name: 'bash', kind: 'client' },
      { name: 'web_search', kind: 'server' },
      { name: 'advisor', kind: 'server' },
      { name: 'jira', kind: 'mcp' },
      { name: 'mcp__github__create_issue', kind: 'mcp' },
      { name: 'late', kind: 'client' },
      { name: 'later', kind: 'client' },
      { name: 'wiki', kind: 'mcp' },
    ]);
  });

  it('count images at any depth, bytes and tokens', () => {
    const image = { type: 'image', source: { type: 'base64', data: 'AAAA' } };
    const content = [image, { type: 'tool_result', content: [image] }, { image: 'type' }];
    const plain = JSON.stringify({ max_tokens: 7, messages: [{ role: 'user', content }] });
    // The first one uses escapes.
    const text = plain.replace('"type":"image"', String.raw`"typ\u0065":"\u0069mage"`);
    expect(facts(text)).toMatchObject({
      images: 2,
      outputTokens: 7,
      bodyBytes: text.length,
      inputTokens: Math.ceil(text.length / 4),
    });
  });

  it('can be computed for any JSON', () => {
    checkProperty(
      fc.property(fc.json(), (text) => {
        expect(facts(text).bodyBytes).toBe(Buffer.byteLength(text));
      }),
    );
  });
});
