import { describe, expect, it } from 'vitest';
import { chatBodies, SIZES } from '../../bench/bodies.ts';
import { conversationTurns } from '../../bench/conversation.ts';
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
const textsOf = ({ messages }: Sent) => messages.map(({ content }) => content[0]?.text ?? '');

describe('the bodies of the bench', () => {
  it.each(Object.entries(SIZES))('for %s have about that size', (_, bytes) => {
    const { byteLength } = chatBodies(bytes).fresh();
    expect(byteLength / bytes).toBeGreaterThan(0.9);
    expect(byteLength / bytes).toBeLessThan(1.25);
  });

  it('are new in every text and every value if they are fresh', () => {
    const bodies = chatBodies(SIZES['200kb']);
    const texts = Array.from({ length: 3 }, () => read(bodies.fresh())).flatMap(textsOf);
    expect(new Set(texts).size).toBe(texts.length);
    // Nor do they begin or end alike.
    expect(new Set(texts.map((text) => text.slice(100, 900))).size).toBe(texts.length);
    const values = texts.flatMap(
      (text) => text.match(/(?<=card |phone |IBAN |Contact )[^,]+/g) ?? [],
    );
    expect(values.length).toBeGreaterThan(200);
    expect(new Set(values).size).toBe(values.length);
  });

  it.each([
    ['chat', chatBodies(SIZES['20kb']).nextTurn],
    ['conversation', conversationTurns(5)],
  ] as const)('of the next turn of a %s have the history of the one before', (_, nextTurn) => {
    const [one, other] = [read(nextTurn()), read(nextTurn())];
    expect(one.messages.length).toBeGreaterThan(6);
    expect(one.messages.slice(0, -2)).toEqual(other.messages.slice(0, -2));
    expect(one.messages.at(-2)).not.toEqual(other.messages.at(-2));
    expect(one.messages.at(-1)).not.toEqual(other.messages.at(-1));
    expect(one.system).toEqual(other.system);
  });

  it('hold mail, card, telephone number and IBAN in one text of four, and nothing else', () => {
    const scanner = createScanner(DETECTORS.filter(({ tier }) => tier !== 'C'));
    const bodies = chatBodies(SIZES['200kb']);
    for (const body of [bodies.fresh(), bodies.fresh(), bodies.nextTurn()]) {
      for (const [at, text] of textsOf(read(body)).entries()) {
        const found = scanner.scan(text).map(({ detector }) => detector.entity);
        const personal = ['EMAIL_ADDRESS', 'CREDIT_CARD', 'PHONE_NUMBER', 'IBAN_CODE'];
        expect(found, text).toEqual(at % 4 === 0 ? personal : []);
      }
    }
  });

  it('hold as many personal texts as asked for', () => {
    const count = (personalEvery: number) =>
      textsOf(read(chatBodies(SIZES['20kb'], { personalEvery }).fresh())).filter((text) =>
        text.includes('IBAN DE'),
      ).length;
    expect(count(0)).toBe(0);
    expect(count(1)).toBe(textsOf(read(chatBodies(SIZES['20kb']).fresh())).length);
  });
});
