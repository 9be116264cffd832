import { describe, expect, it } from 'vitest';
import { compiled, found } from '../../../../kit/policies.ts';

const near = (within: unknown = 'sentence') => ({
  type: 'near',
  a: ['merger', 'take over'],
  b: ['Initech'],
  within,
});

describe('the near matcher', () => {
  it.each([
    ['in order', 'the merger with Initech is near', ['merger with Initech']],
    ['the other way round', 'Initech fears a merger', ['Initech fears a merger']],
    ['a phrase', 'we take over all of initech', ['take over all of initech']],
    ['over a line', 'the merger\nwith Initech', ['merger\nwith Initech']],
    ['with an abbreviation', 'the merger of v1.2 and Initech', ['merger of v1.2 and Initech']],
    [
      'with confusable characters',
      'the m\u200berger with Ｉnitech',
      ['m\u200berger with Ｉnitech'],
    ],
  ])('finds them in one sentence, %s', (_, text, hits) => {
    expect(found(near(), text)).toEqual(hits);
  });

  it.each([
    ['in two sentences', 'A merger. Initech said so.'],
    ['in two questions', 'A merger? Initech said so.'],
    ['in two paragraphs', 'A merger\n\nInitech'],
    ['far apart', `merger ${'and '.repeat(130)} Initech`],
    ['as parts of words', 'mergers and Initechs'],
    ['alone', 'merger merger'],
    ['in Chinese sentences', 'merger。Initech'],
  ])('ignores them %s', (_, text) => {
    expect(found(near(), text)).toEqual([]);
  });

  it.each([
    [1, 'merger with Initech', 1],
    [1, 'merger with old Initech', 0],
    [3, 'merger. With old Initech', 1],
    [2, 'merger of a b Initech', 0],
  ])('counts words: at most %i between in %s', (within, text, count) => {
    expect(found(near(within), text)).toHaveLength(count);
  });

  it('does not pair a word with itself', () => {
    const same = { type: 'near', a: ['x'], b: ['x'], within: 5 };
    expect(found(same, 'one x alone')).toEqual([]);
    expect(found(same, 'x and x')).toEqual(['x and x']);
  });

  it('pairs each word with its nearest in a long text', () => {
    expect(found(near(), 'merger Initech '.repeat(30_000))).toHaveLength(59_999);
  });

  it.each([
    [{ a: { list: 'lost' } }, 'a.list: is not the name'],
    [{ within: 51 }, 'within'],
    [{ within: 'page' }, 'within'],
  ])('rejects %j', (fields, message) => {
    const rule = { id: 'a', match: { any: [{ ...near(), ...fields }] }, action: 'flag' };
    expect(() => compiled([rule])).toThrow(message);
  });
});
