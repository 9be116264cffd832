import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resultsUrlSteps } from '../../../../services/ingress/response/results-url.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import { limits } from '../../../../shared/limits.ts';
import { finished } from '../../../../shared/runtime/finished.ts';
import { checkProperty } from '../../../kit/properties.ts';

const PATH = '/v1/messages/batches/msgbatch_1/results';

function rewritten(text: string): string {
  return Buffer.from(finished(resultsUrlSteps(Buffer.from(text), limits.json))).toString();
}

function codeOf(text: string): string | undefined {
  try {
    rewritten(text);
    return undefined;
  } catch (thrown) {
    return LlmpError.from(thrown).code;
  }
}

describe('the place of results', () => {
  it.each([
    ['an address', `{"results_url":"https://api.test${PATH}"}`, `{"results_url":"${PATH}"}`],
    [
      'an address behind a prefix',
      `{"results_url":"https://a.test/x${PATH}?q=1"}`,
      `{"results_url":"${PATH}"}`,
    ],
    [
      'an address without a scheme',
      `{"results_url":"//a.test${PATH}"}`,
      `{"results_url":"${PATH}"}`,
    ],
    ['a path', `{"results_url":"${PATH}"}`, `{"results_url":"${PATH}"}`],
    [
      'written with escapes',
      `{"results\\u005furl":"https:\\/\\/a.test${PATH}"}`,
      `{"results\\u005furl":"${PATH}"}`,
    ],
    [
      'given twice',
      `{"results_url":null,"results_url":"http://a.test${PATH}"}`,
      `{"results_url":null,"results_url":"${PATH}"}`,
    ],
    [
      'in a list',
      `{"data":[{"results_url":"http://a.test${PATH}"},{}]}`,
      `{"data":[{"results_url":"${PATH}"},{}]}`,
    ],
  ])('that is %s becomes a path', (_, text, expected) => {
    expect(rewritten(text)).toBe(expected);
  });

  it.each([
    '',
    'null',
    '{"results_url":null}',
    '{"n":1.0,"big":12345678901234567890}',
    '<html>',
    '{"cut',
  ])('is not in %j, which stays as it is', (text) => {
    expect(rewritten(text)).toBe(text);
  });

  it.each([
    '{"results_url":"https://elsewhere.test/results"}',
    '{"results_url":"https://a.test/v1/messages/batches/../results"}',
    '{"results_url":["https://a.test"]}',
    '{"results_url":"https://a.test',
    'results_url=https://a.test',
  ])('of which the host cannot be taken out is refused: %s', (text) => {
    expect(codeOf(text)).toBe('upstream_invalid_response');
  });

  it('never keeps a host, wherever it stands', () => {
    const place = fc.webUrl().map((url) => `${new URL(url).origin}${PATH}`);
    const batch = fc.record({ id: fc.string(), results_url: fc.option(place) });
    const json = fc.oneof(batch, fc.record({ data: fc.array(batch), more: fc.jsonValue() }));
    checkProperty(
      fc.property(json, (value) => {
        const urls: unknown[] = [];
        JSON.parse(rewritten(JSON.stringify(value)), (key, inner: unknown) => {
          if (key === 'results_url') urls.push(inner);
          return inner;
        });
        expect(urls.filter((url) => url !== null && url !== PATH)).toEqual([]);
      }),
    );
  });
});
