import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compiled, found } from '../../../../kit/policies.ts';
import { checkProperty } from '../../../../kit/properties.ts';

const keyword = (words: unknown, more: object = {}) => ({ type: 'keyword', words, ...more });

describe('the keyword matcher', () => {
  it.each([
    ['a word in any case', 'APOLLO is late', ['APOLLO']],
    ['a word at the end', 'it is apollo', ['apollo']],
    ['a word in punctuation', '"apollo", (Apollo)', ['apollo', 'Apollo']],
    ['a word in an identifier', 'launch_apollo-2', ['apollo']],
    ['full-width letters', 'ａｐｏｌｌｏ', ['ａｐｏｌｌｏ']],
    ['styled letters', '𝓪𝓹𝓸𝓵𝓵𝓸', ['𝓪𝓹𝓸𝓵𝓵𝓸']],
    ['circled letters', 'ⓐⓟⓞⓛⓛⓞ', ['ⓐⓟⓞⓛⓛⓞ']],
    ['Cyrillic look-alikes', 'ароllо', ['ароllо']],
    ['Greek look-alikes', 'αpοllο', ['αpοllο']],
    ['accents', 'àpóllö', ['àpóllö']],
    ['combining accents', 'a\u0300pollo\u0301', ['a\u0300pollo\u0301']],
    ['invisible characters between', 'a\u200bp\u00ado\ufeffllo', ['a\u200bp\u00ado\ufeffllo']],
    ['tag characters between', 'ap\u{e0041}ollo', ['ap\u{e0041}ollo']],
    ['a phrase over lines', 'a blue \n\t falcon', ['blue \n\t falcon']],
    ['a phrase with other spaces', 'blue\u00a0\u2003falcon', ['blue\u00a0\u2003falcon']],
    ['a phrase that begins with a word of the list', 'blue falcon', ['blue falcon']],
  ])('finds %s', (_, text, hits) => {
    expect(found(keyword(['apollo', 'blue falcon']), text)).toEqual(hits);
  });

  it.each([
    ['a part of a word', 'apollonian and preapollo'],
    ['a word that continues in another script', 'apolloж'],
    ['half of a phrase', 'a blue bird and a falcon'],
    ['letters with signs between', 'a.p.o.l.l.o'],
    ['nothing', ''],
  ])('does not find %s', (_, text) => {
    expect(found(keyword(['apollo', 'blue falcon']), text)).toEqual([]);
  });

  it('finds parts of words if configured', () => {
    expect(found(keyword(['apollo'], { whole_word: false }), 'preapollonian')).toEqual(['apollo']);
  });

  it('is case-sensitive if configured', () => {
    const matcher = keyword(['IT'], { ignore_case: false });
    expect(found(matcher, 'it is IT, Ｉt, ＩＴ')).toEqual(['IT', 'ＩＴ']);
  });

  it.each([
    ['日本語の秘密です', '秘密'],
    ['Это секретно!', 'секретно'],
    ['هذا سر كبير', 'سر'],
    ['straße und STRASSE', 'straße'],
    ['C++ and c++', 'c++'],
  ])('finds words of any script: %s', (text, word) => {
    expect(found(keyword([word]), text)[0]?.toLowerCase()).toBe(word);
  });

  it('uses the words of a list', () => {
    const lists = { lists: { names: ['apollo'] } };
    expect(found(keyword({ list: 'names' }), 'apollo', lists)).toEqual(['apollo']);
  });

  it.each([
    [{ list: 'lost' }, 'rules.0.match.any.0.words.list: is not the name of a list of this policy'],
    [{ list: '__proto__' }, 'words.list: is not the name'],
    [['a', '\u200b'], 'rules.0.match.any.0.words: entry 2 is empty after normalization'],
    [[], 'rules.0.match.any.0.words: must not be empty'],
    [[''], 'rules.0.match.any.0.words.0: must not be empty'],
    [['x'.repeat(201)], 'rules.0.match.any.0.words.0: must have at most 200 characters'],
    ['apollo', 'rules.0.match.any.0.words: must be a list of words'],
  ])('rejects %j', (words, message) => {
    const rule = { id: 'a', match: { any: [keyword(words)] }, action: 'flag' };
    expect(() => compiled([rule])).toThrow(message);
  });

  it('finds a word in any surrounding text', () => {
    const around = fc.string({ unit: 'binary', maxLength: 50 });
    checkProperty(
      fc.property(around, around, (before, after) => {
        const text = `${before} apollo ${after}`;
        expect(found(keyword(['apollo']), text)).toContain('apollo');
      }),
    );
  });

  it('finds 33,000 occurrences among ten thousand words', () => {
    const list = Array.from({ length: 10_000 }, (_, index) => `word${index} of secrets`);
    const text = 'word77 of secrets, word9999 of '.repeat(33_000);
    expect(found(keyword(list), text)).toHaveLength(33_000);
  });
});
