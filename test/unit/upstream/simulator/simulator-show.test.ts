// What the simulator shows of the request as it received it.

import { describe, expect, it } from 'vitest';
import { blocksOf } from '../../../../services/rag/augment.ts';
import { INJECT_MODES } from '../../../../shared/retrieval/collections.ts';
import { createSimulation, jsonOf, type Json } from '../../../kit/ask-simulator.ts';

const PLACEHOLDER = 'PII_EMAIL_q3kx7nzc';
const KEPT = 'PII·EMAIL·q3kx7nzc';
const NOTE =
  '(That is what left llmp and reached the simulator, with dots in place of underscores so that it stays as it is. Above, llmp has put your values back.)';

/** The text of the response to one user message. */
async function answer(content: unknown, more: Json = {}, simulate?: string): Promise<string> {
  const ask = simulate === undefined ? {} : { simulate };
  const { content: blocks } = await jsonOf(await createSimulation().say(content, more, ask));
  return (blocks as Json[]).map(({ text }) => String(text)).join('');
}

describe('a simulated response', () => {
  it('shows a message with placeholders twice, once so that nothing restores them', async () => {
    expect(await answer(`Write to ${PLACEHOLDER}`)).toBe(
      `You said: Write to ${PLACEHOLDER}\n\nI received: Write to ${KEPT}\n${NOTE}`,
    );
  });

  it('shows tool results in the same way', async () => {
    const content = `mail: ${PLACEHOLDER}`;
    const result = [{ type: 'tool_result', tool_use_id: 'toolu_1', content }];
    expect(await answer(result)).toBe(
      `The tool said: mail: ${PLACEHOLDER}\n\nI received: mail: ${KEPT}\n${NOTE}`,
    );
  });

  it.each([
    ['', 'You said: hello'],
    ['show=echo', 'You said: hello'],
    ['show=received', `You said: hello\n\nI received: hello\n${NOTE}`],
    ['show=passages', 'no passages of documents.'],
  ])('without placeholders is, with "%s", %j', async (simulate, expected) => {
    expect(await answer('hello', {}, simulate)).toBe(expected);
  });

  it('with show=echo is only the message', async () => {
    expect(await answer(PLACEHOLDER, {}, 'show=echo')).toBe(`You said: ${PLACEHOLDER}`);
  });

  it('with show=request is the body, with placeholders that nothing restores', async () => {
    const shown = await answer(PLACEHOLDER, { system: 'Be brief.' }, 'show=request');
    const [, body = ''] = /^I received:\n(.*)$/s.exec(shown) ?? [];
    expect(JSON.parse(body)).toMatchObject({
      system: 'Be brief.',
      messages: [{ role: 'user', content: KEPT }],
    });
  });

  it('refuses to show anything else', async () => {
    const response = await createSimulation().say('hello', {}, { simulate: 'show=all' });
    expect(response.status).toBe(400);
  });
});

describe.each(INJECT_MODES)('passages that are added as %s', (mode) => {
  const passages = ['one', `two ${PLACEHOLDER}`].map((text, at) => ({
    collection: 'handbook',
    documentId: `doc_${at}`,
    position: 0,
    source: `${at}.md`,
    title: 'Handbook',
    headings: ['Handbook', 'Leave'],
    text,
  }));
  const added: unknown[] = blocksOf(mode, passages).map((block) => JSON.parse(block));
  const question = { type: 'text', text: 'How much leave?' };
  const content = mode === 'system' ? 'How much leave?' : [question, ...added];
  const more: Json = mode === 'system' ? { system: added } : {};

  it('are named after the message, and are not part of it', async () => {
    expect(await answer(content, more)).toBe(
      'You said: How much leave?\n\nWith 2 passages of documents:\n[1] Handbook › Leave (0.md)\n[2] Handbook › Leave (1.md)',
    );
  });

  it('are shown with show=passages', async () => {
    expect(await answer(content, more, 'show=passages')).toBe(
      `2 passages of documents:\n[1] Handbook › Leave (0.md)\none\n[2] Handbook › Leave (1.md)\ntwo ${KEPT}`,
    );
  });
});
