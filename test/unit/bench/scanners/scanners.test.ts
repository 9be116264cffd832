import { describe, expect, it } from 'vitest';
import { seeded } from '../../../kit/seeded.ts';
import { personalLine } from '../../../bench/bodies.ts';
import { expressionOf, PATTERNS } from '../../../bench/scanners/patterns.ts';
import { scannedTexts, type TextKind } from '../../../bench/scanners/scanned-texts.ts';
import { scannerTable } from '../../../bench/scanners/scanners.ts';

describe('the expressions of other engines', () => {
  it('are as many as RESULTS.md says, each in the syntax of JavaScript and of its own', () => {
    expect(PATTERNS).toHaveLength(40);
    const sources = PATTERNS.map((pattern) => expressionOf(pattern).source);
    expect(new Set(sources).size).toBe(40);
    // RE2 and Hyperscan have neither.
    expect(PATTERNS.filter((pattern) => /\(\?[=!<]|\\\d/.test(pattern))).toEqual([]);
  });

  it.each([
    ['Password = "hunter2hunter2"', 1],
    ['AKIAIOSFODNN7EXAMPLE', 1],
    ['postgres://ann:geheim@db/x', 1],
    ['nothing to see', 0],
  ])('find in %j the secrets: %d', (text, count) => {
    const found = PATTERNS.filter((pattern) => expressionOf(pattern).test(text));
    expect(found).toHaveLength(count);
  });

  it('find the values of a personal line', () => {
    const line = personalLine(seeded(3));
    const found = PATTERNS.slice(0, 4).map((pattern) => line.match(expressionOf(pattern))?.[0]);
    expect(found[0]).toContain('@');
    expect(found[1]).toMatch(/^\+49/);
    expect(found[2]).toMatch(/^4/);
    expect(found[3]).toMatch(/^DE/);
  });
});

it('every scanned text has personal data, and the mixed one a part of each', () => {
  const texts = scannedTexts();
  expect([...texts.keys()]).toEqual(['code', 'prose', 'JSON', 'logs', 'mixed']);
  for (const text of texts.values()) {
    expect(text.length).toBeGreaterThan(450_000);
    expect(text.match(/IBAN DE/g)?.length).toBeGreaterThan(40);
  }
  const [line = '-'] = texts.get('logs')?.split('\n') ?? [];
  expect(texts.get('mixed')).toContain(line);
});

it('the table has megabytes per second, what was not measured, and the bars', () => {
  const speeds = (mixed: number) => new Map<TextKind, number>([['mixed', mixed]]);
  const text = scannerTable(
    new Map<string, ReadonlyMap<TextKind, number> | string>([
      ['llmp, all detectors', speeds(31.4)],
      ['llmp, remembered', speeds(1_200)],
      ['RE2', 'its library is not installed'],
    ]),
  );
  expect(text).toContain('| llmp, all detectors | 31 |');
  expect(text).toContain('- RE2: not measured, its library is not installed');
  expect(text).toContain('**llmp, all detectors, mixed text: 31 MB/s < 200**');
  expect(text).toContain('- llmp, remembered, mixed text: 1200 MB/s ≥ 1000');
});
