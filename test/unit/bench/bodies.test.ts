import { describe, expect, it } from 'vitest';
import { chatBodies, SIZES } from '../../bench/bodies.ts';
import { conversationBodies } from '../../bench/conversation.ts';
import { DETECTORS } from '../../../shared/privacy/detect/detectors.ts';
import { createScanner } from '../../../shared/privacy/detect/scan.ts';

interface Sent {
  readonly system?: unknown;
  readonly messages: readonly {
    role: string;
    content: readonly { type: string; text: string }[];
  }[];
}

const read = (body: Buffer) => JSON.parse(body.toString()) as Sent;

describe('the bodies of the bench', () => {
  it.each(Object.entries(SIZES))('for %s have about that size', (_, bytes) => {
    const { byteLength } = chatBodies(bytes).fresh();
    expect(byteLength / bytes).toBeGreaterThan(0.9);
    expect(byteLength / bytes).toBeLessThan(1.25);
  });

  it('are new in every text if they are fresh', () => {
    const bodies = chatBodies(SIZES['200kb']);
    const [one, other] = [read(bodies.fresh()), read(bodies.fresh())];
    expect(one.messages.length).toBe(other.messages.length);
    for (const [at, { content }] of one.messages.entries()) {
      expect(content[0]?.text).not.toBe(other.messages[at]?.content[0]?.text);
    }
  });

  it.each([
    ['chat', chatBodies(SIZES['20kb']), 1],
    ['conversation', conversationBodies(5), 2],
  ] as const)('of the next turn of a %s have the history of the one before', (_, bodies, last) => {
    const [one, other] = [read(bodies.nextTurn()), read(bodies.nextTurn())];
    expect(one.messages.slice(0, -last)).toEqual(other.messages.slice(0, -last));
    expect(one.messages.at(-1)).not.toEqual(other.messages.at(-1));
    expect(one.system).toEqual(other.system);
  });

  it('hold a mail address, a card and a telephone number in one text of four, and nothing else', () => {
    const scanner = createScanner(DETECTORS.filter(({ tier }) => tier !== 'C'));
    const { messages } = read(chatBodies(SIZES['200kb']).fresh());
    for (const [at, { content }] of messages.entries()) {
      const found = scanner.scan(content[0]?.text ?? '').map(({ detector }) => detector.entity);
      const personal = ['EMAIL_ADDRESS', 'CREDIT_CARD', 'PHONE_NUMBER'];
      expect(found).toEqual(at % 4 === 0 ? personal : []);
    }
  });
});
