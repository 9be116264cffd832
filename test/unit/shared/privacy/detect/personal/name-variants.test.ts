import { describe, expect, it } from 'vitest';
import {
  isDistinctiveName,
  nameVariants,
} from '../../../../../../shared/privacy/detect/personal/name-variants.ts';

describe('the spellings of a name', () => {
  it.each([
    ['Anna Koch', ['ANNA KOCH', 'Koch, Anna', 'KOCH, ANNA']],
    ['KOCH, ANNA', ['ANNA KOCH', 'Anna Koch', 'Koch, Anna']],
    ['Dr. Anna Koch', ['Anna Koch', 'ANNA KOCH', 'Koch, Anna', 'KOCH, ANNA']],
    [
      'Margaret A. Holloway',
      [
        'MARGARET A. HOLLOWAY',
        'Holloway, Margaret A.',
        'HOLLOWAY, MARGARET A.',
        'Margaret Holloway',
        'MARGARET HOLLOWAY',
      ],
    ],
    ['佐藤 美咲', ['佐藤美咲']],
  ])('%s has others', (name, variants) => {
    expect(nameVariants(name)).toEqual(variants);
  });

  it.each(['Anna', 'Frau Koch', '王伟', ''])('%s has no others', (name) => {
    expect(nameVariants(name)).toEqual([]);
  });
});

describe('a distinctive name', () => {
  it.each(['Anna Koch', '王伟', '王小明', '佐藤美咲', '김철수', 'Li Na'])('%s', (name) => {
    expect(isDistinctiveName(name)).toBe(true);
  });

  it.each(['Anna', 'Koch', '佐藤', '東京', '名'])('not %s', (name) => {
    expect(isDistinctiveName(name)).toBe(false);
  });
});
