import { describe, expect, it } from 'vitest';
import {
  casedNameEnd,
  hasFirstName,
  isFullName,
  isName,
  nameEnds,
} from '../../../../../../shared/privacy/detect/personal/person-name.ts';

describe('the form of a name', () => {
  it.each([
    'Anna',
    'Anna Koch',
    'Jean-Luc Moreau',
    'Pieter van den Berg',
    'Peter O’Brien',
    "Sean O'Connor",
    'Ludwig von Mises',
    'María del Carmen López',
    'Ibrahim al-Hashimi',
    'J. R. Ewing',
    'Koch, Anna',
    'HOLLOWAY, MARGARET',
    'Anna KOCH',
    'Dr. Helena Marchetti',
    'Angus McDonald',
    'Анна Петрова',
    'Ayşe Yılmaz',
    '佐藤 美咲',
    '王伟',
    '김철수',
    'محمد الهاشمي',
  ])('fits %s', (name) => {
    expect(isName(name)).toBe(true);
  });

  it.each([
    '',
    'anna koch',
    'Anna2',
    'annaKoch',
    'AnnaKoch',
    'Anna_Koch',
    'Anna.Koch',
    'Anna Koch 12',
    'Unknown',
    'First Name',
    'Support Team',
    'Acme Inc',
    'Dr.',
    'API',
    'String',
    '株式会社',
  ])('does not fit %s', (text) => {
    expect(isName(text)).toBe(false);
  });

  it('ends before what belongs to no name', () => {
    const end = (text: string) => text.slice(0, casedNameEnd(text, 0) ?? 0);
    expect(end('Anna Koch wrote')).toBe('Anna Koch');
    expect(end('Anna Koch, Berlin')).toBe('Anna Koch');
    expect(end('Anna Koch.\n')).toBe('Anna Koch');
    expect(end('Anna Koch(x)')).toBe('Anna');
    expect(end('Foo.Bar')).toBe('');
    expect(nameEnds('Koch, Anna (b. 1980)', 0)).toEqual(['Koch, Anna'.length, 'Koch'.length]);
  });

  it('says whether the name is complete, and its first word a common first name', () => {
    expect(isFullName('Anna Koch')).toBe(true);
    expect(isFullName('王小明')).toBe(true);
    expect(isFullName('Anna')).toBe(false);
    expect(hasFirstName('Dr. Anna Koch')).toBe(true);
    expect(hasFirstName('Koch, Anna')).toBe(true);
    expect(hasFirstName('Deploy Pages')).toBe(false);
  });
});
