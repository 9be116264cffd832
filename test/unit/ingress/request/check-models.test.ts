import { describe, expect, it } from 'vitest';
import { checkModels, priceRequestOf } from '../../../../services/ingress/request/check-models.ts';
import { requestBodyOf } from '../../../kit/request-messages.ts';
import { limits } from '../../../../shared/limits.ts';

const check = (body: string, allowed: readonly string[] | undefined = ['a', 'b']) =>
  checkModels(allowed, requestBodyOf(body), limits.json);

describe('a key restricted to models', () => {
  it.each([
    ['a model it may use', '{"model":"a"}'],
    ['the same, escaped', String.raw`{"mod\u0065l":"\u0061"}`],
    ['fallbacks it may use', '{"model":"a","fallbacks":[{"model":"b"},{"max_tokens":1}]}'],
    ['tools without a model', '{"model":"a","tools":[{"name":"x","input_schema":{"model":"z"}}]}'],
    ['an advisor it may use', '{"model":"a","tools":[{"type":"advisor_1","model":"b"}]}'],
    ['other models in its prompt', '{"model":"a","messages":[{"model":"z"}],"x":{"model":"z"}}'],
    [
      'a conversation in which another model has responded',
      '{"model":"a","messages":[{"content":[{"type":"fallback","to":{"model":"z"}}]}]}',
    ],
    ['unusable fields', '{"model":"a","fallbacks":null,"tools":{"model":"z"}}'],
  ])('may send %s', (_, body) => {
    expect(() => check(body)).not.toThrow();
  });

  it.each([
    ['another model', '{"model":"z"}'],
    ['a model whose name starts like its own', '{"model":"a-2"}'],
    ['another model before its own', '{"model":"z","model":"a"}'],
    ['another model after its own', '{"model":"a","model":"z"}'],
    ['another fallback', '{"model":"a","fallbacks":[{"model":"b"},{"model":"z"}]}'],
    ['fallbacks chosen by the upstream', '{"model":"a","fallbacks":"default"}'],
    ['another advisor', '{"model":"a","tools":[{"type":"advisor_1","model":"z"}]}'],
    [
      'another fallback in a duplicate list',
      '{"model":"a","fallbacks":[{"model":"z"}],"fallbacks":[]}',
    ],
    [
      'another advisor that is defined in a message',
      '{"model":"a","messages":[{"role":"system","content":[{"type":"tool_addition","tool":' +
        '{"type":"tool_definition","definition":{"type":"advisor_20260301","model":"z"}}}]}]}',
    ],
    [
      'another advisor that is added',
      '{"model":"a","messages":[{"role":"system","content":[{"type":"tool_addition","tools":[{"model":"z"}]}]}]}',
    ],
    [
      'other models of a tool that is not known yet',
      '{"model":"a","tools":[{"type":"panel_20270101","members":[{"model":"a"},{"model":"z"}]}]}',
    ],
    [
      'an advisor of a compacted conversation',
      '{"model":"a","messages":[{"content":[{"type":"compaction","tool_changes":[{"type":"tool_addition",' +
        '"tool":{"type":"tool_definition","definition":{"type":"advisor_20260301","model":"z"}}}]}]}]}',
    ],
    ['another fallback, escaped', String.raw`{"model":"a","fall\u0062acks":[{"mode\u006c":"z"}]}`],
  ])('may not send %s', (_, body) => {
    const sent = () => check(body);
    expect(sent).toThrow(
      expect.objectContaining({ code: 'policy_blocked', status: 400, retry: false }),
    );
    expect(sent).toThrow('only these models, also as fallback or advisor: a, b.');
  });

  it('is the only kind of key that is checked', () => {
    expect(() => checkModels(undefined, requestBodyOf('{"model":"z"}'), limits.json)).not.toThrow();
  });
});

describe('what decides the price of a request', () => {
  it('is all it names, and the dearer one of duplicate fields', () => {
    const body = requestBodyOf(
      '{"model":"a","max_tokens":5,"fallbacks":[{"model":"b","max_tokens":7}],"speed":"fast","speed":"standard","inference_geo":"us"}',
    );
    expect(priceRequestOf(body, limits.json)).toEqual({
      models: ['a', 'b'],
      maxTokens: 7,
      facts: { speed: 'fast', inferenceGeo: 'us' },
    });
    const plain = requestBodyOf('{"model":"a","fallbacks":"default","speed":"standard"}');
    expect(priceRequestOf(plain, limits.json)).toEqual({ models: ['a'], maxTokens: 0, facts: {} });
  });
});
