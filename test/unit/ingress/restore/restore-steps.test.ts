// Large responses are restored in steps whose number grows with their size, so that none is long.

import { describe, expect, it } from 'vitest';
import { restoring, restoreSteps } from '../../../../services/ingress/restore/restore-response.ts';
import { StreamSource } from '../../../../shared/anthropic/sse/event-source.ts';
import type { Passed } from '../../../../shared/anthropic/sse/response-transform.ts';
import { EMPTY_VAULT, type Vault } from '../../../../shared/privacy/vault.ts';
import { sseEvent } from '../../../kit/responses.ts';
import { EMAIL, VALUES } from '../../../kit/placeholders.ts';
import { issued } from '../../../kit/vaults.ts';

const VAULT: Vault = { ...EMPTY_VAULT, values: issued(VALUES), documents: { 0: [[3, 18, 23]] } };

const delta = (fields: object) =>
  sseEvent('content_block_delta', { type: 'content_block_delta', index: 0, delta: fields });
const citation = {
  type: 'char_location',
  cited_text: EMAIL,
  document_index: 0,
  start_char_index: 0,
  end_char_index: 21,
};
const message = (content: object) => JSON.stringify({ type: 'message', content: [content] });
const repeated = <Item>(item: Item, count: number) => Array<Item>(count).fill(item);

const stepsOf = (passed: Passed) => (passed instanceof Uint8Array ? 0 : Array.from(passed).length);
const ofEvent = (event: string) =>
  stepsOf(restoring(new StreamSource(), VAULT).pushSteps(Buffer.from(event)));
const ofBody = (body: string) => stepsOf(restoreSteps(Buffer.from(body), VAULT));

describe('the steps of restoring', () => {
  it.each<[what: string, tenth: number, steps: (count: number) => number]>([
    ['text', 1_000, (n) => ofEvent(delta({ type: 'text_delta', text: `${EMAIL} `.repeat(n) }))],
    [
      'a tool input with escapes',
      1_000,
      (n) =>
        ofEvent(delta({ type: 'input_json_delta', partial_json: `"${EMAIL}\\u0041" `.repeat(n) })),
    ],
    [
      'texts of a message',
      1_000,
      (n) => ofBody(message({ type: 'tool_use', input: repeated(`to ${EMAIL}`, n) })),
    ],
    [
      'citations',
      1_000,
      (n) => ofBody(message({ type: 'text', citations: repeated(citation, n) })),
    ],
    [
      'zeros beside a text',
      20_000,
      (n) => ofBody(message({ type: 'text', text: EMAIL, x: repeated(0, n) })),
    ],
  ])('of %s grow with their number', (_, tenth, steps) => {
    const few = steps(10 * tenth);
    const many = steps(20 * tenth);
    expect(few).toBeGreaterThan(10);
    expect(many).toBeGreaterThan(1.5 * few);
  });

  it('are none for small events', () => {
    expect(ofEvent(delta({ type: 'text_delta', text: `Hi ${EMAIL}` }))).toBe(0);
  });
});
