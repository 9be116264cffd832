import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  readCountRequest as countSteps,
  readMessageRequest as messageSteps,
  type ParseMode,
} from '../../../../services/ingress/request/message-request.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import { requestCases } from '../../../kit/corpus.ts';
import { jsonText } from '../../../kit/json-text.ts';
import { checkProperty } from '../../../kit/properties.ts';
import { requestBodyOf } from '../../../kit/request-messages.ts';
import type { RequestBody } from '../../../../shared/protocol/body.ts';
import { finished } from '../../../../shared/runtime/finished.ts';
import { limits } from '../../../../shared/limits.ts';

const readMessageRequest = (body: RequestBody, mode: ParseMode) =>
  finished(messageSteps(body, mode));
const readCountRequest = (body: RequestBody, mode: ParseMode) => finished(countSteps(body, mode));

const SHALLOW = { isDeep: false, limits: limits.json };

const CANARY = 'canary-7c1f';

function rejection(read: typeof readMessageRequest, body: string | Uint8Array): LlmpError {
  try {
    read(requestBodyOf(body), SHALLOW);
  } catch (thrown) {
    return thrown as LlmpError;
  }
  throw new Error('the body was accepted');
}

/** A valid body with `fields` replaced; `undefined` removes a field. */
function bodyWith(fields: Record<string, unknown>): string {
  return JSON.stringify({ model: 'm', max_tokens: 1, messages: [], [CANARY]: CANARY, ...fields });
}

describe('readMessageRequest', () => {
  it.each([
    ['model: Field required', { model: undefined }],
    ['model: Input should be a string', { model: null }],
    ['model: Input should be a string', { model: 7 }],
    ['model: Input should be a string', { model: { a: CANARY } }],
    ['model: Must not be empty', { model: '' }],
    ['messages: Field required', { messages: undefined }],
    ['messages: Input should be an array', { messages: null }],
    ['messages: Input should be an array', { messages: CANARY }],
    ['messages: Input should be an array', { messages: { 0: CANARY } }],
    ['max_tokens: Field required', { max_tokens: undefined }],
    ['max_tokens: Input should be an integer', { max_tokens: null }],
    ['max_tokens: Input should be an integer', { max_tokens: '1' }],
    ['max_tokens: Input should be an integer', { max_tokens: 1.5 }],
    ['max_tokens: Input should be an integer', { max_tokens: true }],
    ['max_tokens: Must be greater than or equal to 0', { max_tokens: -1 }],
    ['stream: Input should be a boolean', { stream: CANARY }],
    ['stream: Input should be a boolean', { stream: 1 }],
    ['stream: Input should be a boolean', { stream: {} }],
  ])('reports "%s" for %j', (message, fields) => {
    const { code, message: actual } = rejection(readMessageRequest, bodyWith(fields));
    expect({ code, actual }).toEqual({ code: 'invalid_request', actual: message });
  });

  it('names every invalid field', () => {
    const { message } = rejection(
      readMessageRequest,
      bodyWith({ model: 1, max_tokens: 'x', stream: 2 }),
    );
    const names = message.split('; ').map((issue) => issue.split(':')[0]);
    expect(new Set(names)).toEqual(new Set(['model', 'max_tokens', 'stream']));
    expect(names).toHaveLength(3);
  });

  it.each([
    ['null', 'null'],
    ['a number', '7'],
    ['a string', `"${CANARY}"`],
    ['a list', `["${CANARY}"]`],
  ])('rejects %s because the body is not an object', (_, body) => {
    const { code, message } = rejection(readMessageRequest, body);
    expect(code).toBe('invalid_request');
    expect(message).toMatch(/^body: /);
    expect(message).not.toContain(CANARY);
  });

  it.each([
    ['nothing', ''],
    ['blanks', ' \n'],
    ['text', CANARY],
    ['a truncated object', bodyWith({}).slice(0, -1)],
    ['text after the object', `${bodyWith({})}${CANARY}`],
    ['a comment', `/* ${CANARY} */ ${bodyWith({})}`],
    ['a trailing comma', `{"model":"${CANARY}",}`],
    ['single quotes', `{'model':'${CANARY}'}`],
    ['a bare control character', `{"model":"${CANARY}\n"}`],
    ['a number with a leading zero', '{"max_tokens":01}'],
    ['NaN', '{"max_tokens":NaN}'],
    ['a byte order mark', `\ufeff${bodyWith({})}`],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])],
  ])('rejects %s with invalid_json, without quoting it', (_, body) => {
    const { code, message } = rejection(readMessageRequest, body);
    expect(code).toBe('invalid_json');
    expect(message).toMatch(/^The request body is not valid (JSON|UTF-8)\.$/);
  });

  it('accepts any object with valid fields, however it is formatted', () => {
    const extra = fc.tuple(
      fc.string().filter((name) => !/^(model|messages|max_tokens|stream)$/.test(name)),
      jsonText,
    );
    const model = fc.string({ minLength: 1 });
    const lists = fc.array(jsonText, { maxLength: 3 }).map((items) => `[${items.join(' ,\n')}]`);
    const numbers = fc.constantFrom('0', '1', '128000', '1.0', '2e3', '-0');
    const streams = fc.constantFrom('true', 'false', 'null', undefined);
    checkProperty(
      fc.property(model, lists, numbers, streams, fc.array(extra), fc.nat(), (...values) => {
        const [name, messages, maxTokens, stream, others, rotation] = values;
        const fields = [
          ...others.map(([key, text]) => `${JSON.stringify(key)}:${text}`),
          `"model" : ${JSON.stringify(name)}`,
          `"messages":${messages}`,
          `\t"max_tokens":${maxTokens}`,
          ...(stream === undefined ? [] : [`"str\\u0065am":${stream}`]),
        ];
        const at = rotation % fields.length;
        const body = `\r\n{${[...fields.slice(at), ...fields.slice(0, at)].join(',')}} `;
        expect(readMessageRequest(requestBodyOf(body), SHALLOW)).toEqual({
          model: name,
          stream: stream === 'true',
          maxTokens: JSON.parse(maxTokens) as number,
        });
      }),
    );
  });

  it('takes the last of duplicate keys, as upstreams do', () => {
    const body =
      '{"model":1,"stream":true,"max_tokens":1,"messages":[],"model":"last","stream":false}';
    expect(readMessageRequest(requestBodyOf(body), SHALLOW)).toEqual({
      model: 'last',
      stream: false,
      maxTokens: 1,
    });
  });

  it('ignores fields of the prototype and of nested objects', () => {
    const body =
      '{"__proto__":{"model":"m"},"metadata":{"model":"m"},"max_tokens":1,"messages":[]}';
    expect(rejection(readMessageRequest, body).message).toBe('model: Field required');
  });

  it('rejects a deeply nested body without overflowing the stack', () => {
    const body = bodyWith({}).replace('[]', '['.repeat(200_000) + ']'.repeat(200_000));
    expect(rejection(readMessageRequest, body).code).toBe('invalid_request');
  });

  const cases = requestCases().filter(({ path }) => /^\/v1\/messages(\?|$)/.test(path));
  it.each(cases.map(({ name, body }) => [name, body] as const))('accepts %s', (_, body) => {
    const {
      model,
      stream,
      max_tokens: maxTokens,
    } = JSON.parse(body.toString()) as {
      model: string;
      stream?: boolean;
      max_tokens: number;
    };
    expect(readMessageRequest(requestBodyOf(body), SHALLOW)).toEqual({
      model,
      stream: stream ?? false,
      maxTokens,
    });
  });
});

describe('readCountRequest', () => {
  it('ignores max_tokens', () => {
    const read = (fields: Record<string, unknown>) =>
      readCountRequest(requestBodyOf(bodyWith(fields)), SHALLOW);
    expect(read({ max_tokens: undefined })).toEqual({ model: 'm', stream: false });
    expect(read({ max_tokens: 'many' })).toEqual({ model: 'm', stream: false });
  });

  it('requires model and messages', () => {
    const { message } = rejection(readCountRequest, '{}');
    expect(message).toBe('model: Field required; messages: Field required');
  });
});

describe('a request body', () => {
  const outcome = (read: () => unknown): unknown => {
    try {
      return read();
    } catch (thrown) {
      return thrown instanceof LlmpError ? [thrown.code, thrown.message] : thrown;
    }
  };

  it('gives the same result whether it is parsed deeply or not', () => {
    const fields = fc.dictionary(fc.constantFrom('model', 'stream', 'max_tokens'), fc.jsonValue());
    const deep = fc.constant(
      `${bodyWith({}).slice(0, -1)},"x":${'['.repeat(1_500)}1${']'.repeat(1_500)}}`,
    );
    const many = fc.constant(`${bodyWith({}).slice(0, -1)},"x":[${'1,'.repeat(1_000_001)}1]}`);
    const bodies = fc.oneof(
      { weight: 20, arbitrary: fields.map(bodyWith) },
      { weight: 20, arbitrary: fc.oneof(fc.json(), fc.string()) },
      { weight: 1, arbitrary: fc.oneof(deep, many) },
    );
    checkProperty(
      fc.property(bodies, (text) => {
        const deepResult = outcome(() =>
          readMessageRequest(requestBodyOf(text), { ...SHALLOW, isDeep: true }),
        );
        expect(deepResult).toEqual(outcome(() => readMessageRequest(requestBodyOf(text), SHALLOW)));
      }),
    );
  });
});
