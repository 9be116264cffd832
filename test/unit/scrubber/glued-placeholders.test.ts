// A model may write a placeholder right before or after letters, or two without a gap. The client gets the
// values in these places and sends them back in its next turn.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { restoreBuffered } from '../../../services/ingress/restore/restore-response.ts';
import { checkProperty } from '../../kit/properties.ts';
import { scrubbing, tokensIn } from '../../kit/scrubbing.ts';

const SECRETS = 'password=hx7Kq2vW9z and PASSWORD=tR4mL8wq';
const VALUES = ['hx7Kq2vW9z', 'tR4mL8wq'];
const scrub = scrubbing();

function conversation(...contents: readonly unknown[]): string {
  const messages = contents.map((content, index) => ({
    role: index % 2 === 0 ? 'user' : 'assistant',
    content,
  }));
  return JSON.stringify({ model: 'm', max_tokens: 9, messages });
}

/** What a client has after the model wrote `content`, and what the upstream sees of it in the next turn. */
async function nextTurn(content: (tokens: readonly string[]) => unknown) {
  const first = await scrub(conversation(SECRETS));
  const written = content(tokensIn(first.text));
  const response = Buffer.from(JSON.stringify({ type: 'message', content: written }));
  const restored = JSON.parse(
    Buffer.from(restoreBuffered(response, { ...first.vault })).toString(),
  ) as { content: unknown };
  const second = await scrub(conversation(SECRETS, restored.content, 'Go on'));
  const { messages } = JSON.parse(second.text) as { messages: { content: unknown }[] };
  return { written, restored: restored.content, seen: messages[1]?.content };
}

describe('a placeholder that the model glues to other characters', () => {
  it.each([
    ['a plural', ([a]: readonly string[]) => `${a}s`],
    ['a prefix', ([a]: readonly string[]) => `the${a}`],
    ['both', ([a]: readonly string[]) => `x${a}y`],
    ['a digit', ([a]: readonly string[]) => `${a}1`],
    ['another placeholder', ([a, b]: readonly string[]) => `${a}${b}`],
    ['the same placeholder', ([a]: readonly string[]) => `${a}${a}`],
  ])('such as %s is the same in the next turn, in text and tool input', async (_, write) => {
    const { written, restored, seen } = await nextTurn((tokens) => [
      { type: 'text', text: write(tokens) },
      { type: 'tool_use', id: 'toolu_1', name: 'run', input: { command: write(tokens) } },
    ]);
    expect(JSON.stringify(restored)).toContain(VALUES[0]);
    expect(seen).toEqual(written);
  });

  it('is the same in the next turn, whatever letters and digits stand around it', async () => {
    const glue = fc.string({ unit: fc.constantFrom('a', 'S', '7', ' ', '.', 'é'), maxLength: 4 });
    await checkProperty(
      fc.asyncProperty(fc.array(fc.tuple(glue, fc.nat(1), glue)), async (pieces) => {
        const { written, seen } = await nextTurn((tokens) => [
          {
            type: 'text',
            text: pieces.map(([before, at, after]) => before + tokens[at] + after).join(''),
          },
        ]);
        expect(seen).toEqual(written);
      }),
    );
  });

  it('leaves the words of users alone', async () => {
    const { text } = await scrub(conversation(`${SECRETS} PIN: x`, 'Yes', 'xtR4mL8wqx'));
    expect(text).toContain('xtR4mL8wqx');
  });
});
