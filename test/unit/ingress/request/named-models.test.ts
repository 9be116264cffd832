import { describe, expect, it } from 'vitest';
import { checkModels } from '../../../../services/ingress/request/named-models.ts';
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
