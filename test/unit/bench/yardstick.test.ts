import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { llmpEngine } from '../../bench/privacy/engines.ts';
import { labelledTexts, readLabelled } from '../../bench/privacy/labelled.ts';
import * as scores from '../../bench/privacy/scores.ts';

const MAIL = 'ann.lee@corp-mail.org';
const read = (...lines: object[]) =>
  labelledTexts(lines.map((line) => JSON.stringify(line)).join('\n'), 'x.jsonl');
const valuesOf = ({ text, gold }: ReturnType<typeof read>[number]) =>
  gold.map(({ start, end }) => text.slice(start, end));

describe('labelled texts', () => {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-labelled-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it.each([
    ['offsets in code points', '😀 to a@b.org', [{ entity: 'EMAIL', start: 5, end: 12 }]],
    [
      'offsets in UTF-16, with the value',
      '😀 to a@b.org',
      [{ start: 6, end: 13, value: 'a@b.org' }],
    ],
    ['a value alone', 'to a@b.org', [{ value: 'a@b.org' }]],
    ['fields that llmp does not know', 'to a@b.org', [{ start: 3, end: 10, score: 1 }]],
  ])('may have %s', (_, text, gold) => {
    expect(read({ text, gold, source: 'somewhere' }).flatMap(valuesOf)).toEqual(['a@b.org']);
  });

  it('have all occurrences of a value without offsets', () => {
    const [labelled] = read({ text: 'a@b.org, a@b.org', gold: [{ value: 'a@b.org' }] });
    expect(labelled?.gold.map(({ start }) => start)).toEqual([0, 9]);
  });

  it.each([
    ['no text', '{"gold":[]}', 'x.jsonl:1'],
    ['no JSON', '{"text":"","gold":[]}\n{', 'x.jsonl:2: not JSON'],
    [
      'gold outside of the text',
      '{"text":"ab","gold":[{"start":1,"end":9}]}',
      'does not stand at 1',
    ],
    [
      'another value at the offsets',
      '{"text":"ab","gold":[{"start":0,"end":1,"value":"b"}]}',
      'does not',
    ],
    ['a value that is not there', '{"text":"ab","gold":[{"value":"c"}]}', 'stands nowhere'],
  ])('with %s are refused, with their line', (_, jsonl, message) => {
    expect(() => labelledTexts(jsonl, 'x.jsonl')).toThrow(message);
  });

  it('are read from files and folders', () => {
    mkdirSync(join(directory, 'deep'));
    writeFileSync(join(directory, 'deep', 'b.jsonl'), '{"text":"b","gold":[]}\n\n');
    writeFileSync(join(directory, 'a.jsonl'), '{"id":"first","text":"a","gold":[]}\n');
    writeFileSync(join(directory, 'notes.txt'), 'not JSON');
    expect(readLabelled([directory]).map(({ text }) => text)).toEqual(['a', 'b']);
    expect(readLabelled([join(directory, 'a.jsonl')])).toMatchObject([{ id: 'first' }]);
    expect(() => readLabelled([join(directory, 'deep'), directory])).not.toThrow();
    mkdirSync(join(directory, 'empty'));
    expect(() => readLabelled([join(directory, 'empty')])).toThrow('no labelled texts');
  });
});

describe('scores', () => {
  const [text] = read({
    text: '0123456789 0123456789 0123456789',
    gold: [
      { entity: 'A', start: 0, end: 10 },
      { entity: 'B', start: 11, end: 21 },
    ],
  });
  if (!text) throw new Error('no text');
  const of = (...ranges: [number, number][]) =>
    scores.scoresOf([text], [ranges.map(([start, end]) => ({ start, end }))]);

  it('of perfect findings are perfect', () => {
    const perfect = of([0, 10], [11, 21]);
    expect(scores.recallOf(perfect.all)).toBe(1);
    expect(scores.precisionOf(perfect)).toBe(1);
    expect(scores.f2Of(perfect)).toBe(1);
    expect(scores.leakRateOf(perfect.all)).toBe(0);
  });

  it('count a value as found from half of it on, and what is left as leaked', () => {
    expect(of([0, 5]).byEntity.get('A')).toMatchObject({ found: 1, complete: 0, leakedChars: 5 });
    expect(of([0, 4]).byEntity.get('A')).toMatchObject({ found: 0, leakedChars: 6 });
    expect(of([0, 4], [4, 10]).byEntity.get('A')).toMatchObject({ found: 1, complete: 1 });
  });

  it('do not count a value as found by much more than it, and that as wrong', () => {
    const much = of([0, 32]);
    expect(much.all).toMatchObject({ found: 0, complete: 2, leakedChars: 0 });
    expect(much.right).toBe(1);
    expect(of([0, 10], [22, 32])).toMatchObject({ right: 1, wrong: [{ range: { start: 22 } }] });
  });

  it('weigh recall more than precision', () => {
    const [half, doubled] = [of([0, 10]), of([0, 10], [11, 21], [22, 26], [26, 32])];
    expect(scores.recallOf(half.all)).toBe(0.5);
    expect(scores.precisionOf(doubled)).toBe(0.5);
    expect(scores.f2Of(half)).toBeCloseTo(0.556, 3);
    expect(scores.f2Of(doubled)).toBeCloseTo(0.833, 3);
  });

  it('of the rules that are given', () => {
    const texts = [`mail ${MAIL}`, 'nothing'];
    expect(llmpEngine(null).find(texts)).toMatchObject([[{ start: 5, end: 26 }], []]);
    const rules = 'version: 1\ncustom: [{ id: n, entity: NOTHING, label: NO, words: [nothing] }]';
    expect(llmpEngine(rules).find(texts)[1]).toMatchObject([{ start: 0, end: 7 }]);
  });
});
