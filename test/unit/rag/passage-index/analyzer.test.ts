import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  QUESTION_CHARS_MAX,
  TERM_CHARS_MAX,
  questionTerms,
  termsOf,
} from '../../../../services/rag/passage-index/analyzer.ts';
import { checkProperty } from '../../../kit/properties.ts';

describe('the analyzer', () => {
  it.each([
    ['Running dogs, run!', ['run', 'dog', 'run']],
    ['What is the dog’s name? I don’t know', ['dog', 'name', 'know']],
    ['CAFÉ Straße ΟΔΟΣ Ёлка', ['cafe', 'strass', 'οδοσ', 'елка']],
    ['Ｆｕｌｌ ﬁle soft\u00adhyphen zero\u200bwidth', ['full', 'file', 'softhyphen', 'zerowidth']],
    ['boundary-layer', ['boundari', 'layer']],
    ['C++ and C#', ['c++', 'c#']],
    ['', []],
    ['\u1019\u104a \u1781\u17d4 \u3007 \u0e4f', ['\u1019', '\u1781', '\u3007']],
    ['"*(^): 😀 \u0000 \ud800', []],
  ])('splits %j into the terms %j', (text, terms) => {
    expect(termsOf(text)).toEqual(terms);
  });

  it.each([
    ['getUserById', ['getuserbyid', 'get', 'user', 'id']],
    ['HTTPServer', ['httpserver', 'http', 'server']],
    ['MAX_RETRY_COUNT', ['max_retry_count', 'max', 'retri', 'count']],
    ['server.http.port', ['server.http.port', 'server', 'http', 'port']],
    ['CVE-2024-3094', ['cve-2024-3094', 'cve', '2024', '3094']],
    ['v1.2.3.', ['v1.2.3', 'v1', '2', '3']],
    ['e.g. this', ['e.g']],
  ])('splits the identifier %j into itself and its parts: %j', (text, terms) => {
    expect(termsOf(text)).toEqual(terms);
  });

  it('splits scripts without spaces by dictionary, and long words also into pairs', () => {
    expect(termsOf('東京都庁の人工')).toEqual(['東京', '都庁', 'の', '人工']);
    expect(termsOf('ภาษาไทย')).toEqual(['ภาษา', 'ไทย']);
    expect(termsOf('한국어')).toEqual(['한국어', '한국', '국어']);
    expect(termsOf('ﾃﾞｰﾀ用Server')).toEqual(['データ', 'デー', 'ータ', '用', 'server']);
  });

  it('ignores placeholders', () => {
    expect(termsOf('mail PII_EMAIL_q3kx7nzc, (PII_NAME_aaaaaaaa)')).toEqual(['mail']);
  });

  it('ignores encoded bytes, but not the words next to them', () => {
    expect(termsOf(`before ${'Zm9v'.repeat(1_000).toLowerCase()} after`)).toEqual([
      'befor',
      'after',
    ]);
  });

  it('returns distinct terms from the beginning of a question', () => {
    const pasted = `apple apples ${' '.repeat(QUESTION_CHARS_MAX)} pear`;
    expect(questionTerms(pasted)).toEqual(['appl']);
  });

  it('returns only terms without quotes and spaces', () => {
    checkProperty(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        for (const term of termsOf(text)) {
          expect(term).toMatch(/^[\p{L}\p{N}\p{M}_.+#-]+$/u);
          expect(term.length).toBeLessThanOrEqual(TERM_CHARS_MAX);
        }
      }),
      { runs: 2_000 },
    );
  });

  it('treats capital and composed letters like small and decomposed ones', () => {
    checkProperty(
      fc.property(fc.array(fc.constantFrom('é', 'Ä', 'ñ', 'o', 'X', ' ', 'ё')), (letters) => {
        const text = letters.join('').toLowerCase();
        expect(termsOf(text.normalize('NFD'))).toEqual(termsOf(text));
        expect(termsOf(text.toUpperCase())).toEqual(termsOf(text));
      }),
    );
  });
});
