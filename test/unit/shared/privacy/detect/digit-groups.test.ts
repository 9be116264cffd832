import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DigitGroups } from '../../../../../shared/privacy/detect/digit-groups.ts';
import { checkProperty } from '../../../../kit/properties.ts';

function groupsOf(text: string): string[] {
  const found: string[] = [];
  const groups = new DigitGroups(text, (start, end, digits) => {
    const group = text.slice(start, end);
    expect(group.replaceAll(/\D/g, '')).toHaveLength(digits);
    found.push(group);
  });
  for (const { index } of text.matchAll(/[0-9]/g)) groups.digits(index, index + 1);
  groups.end();
  return found;
}

describe('digit groups', () => {
  it('are maximal, with single separators between digits', () => {
    expect(groupsOf('a1b 22-33.44/5 6 -7')).toEqual(
      expect.arrayContaining(['1', '22-33.44/5 6', '7']),
    );
    expect(groupsOf('1--2  3,4')).toEqual(['1', '2', '3', '4']);
  });

  it('are found at both ends of the text, and not without digits', () => {
    expect(groupsOf('12')).toEqual(['12']);
    expect(groupsOf('')).toEqual([]);
    expect(groupsOf('- ./')).toEqual([]);
  });

  it('are also offered by parts between spaces and slashes', () => {
    expect(groupsOf('123-45-6789 12/26')).toEqual(['123-45-6789', '12', '26', '123-45-6789 12/26']);
  });

  it('are not split at dots and dashes', () => {
    expect(groupsOf('3.141592-65')).toEqual(['3.141592-65']);
  });

  it.each(['4111 1111 1111 1111', '4111/1111/1111/1111'])(
    'offer a card (%s) that is followed by other numbers',
    (card) => {
      expect(groupsOf(`${card} 12/26 123`)).toContain(card);
      expect(groupsOf(`99 ${card}`)).toContain(card);
      expect(groupsOf(`7 ${card} 1`)).toContain(card);
    },
  );

  it('offer blocks of four with a shorter last block', () => {
    expect(groupsOf('0 6304 0000 0000 0000 012 5')).toContain('6304 0000 0000 0000 012');
    expect(groupsOf('0 6304/0000 0000 0000 5')).not.toContain('6304/0000 0000');
  });

  it('offer three blocks at the start or end of a group', () => {
    expect(groupsOf('1111 2222 3333 44/5')).toContain('1111 2222 3333');
    expect(groupsOf('5 1111 2222 3333')).toContain('1111 2222 3333');
    expect(groupsOf('5 1111 2222 3333 4')).not.toContain('1111 2222 3333');
  });

  it('offer no part twice', () => {
    checkProperty(
      fc.property(fc.string({ unit: fc.constantFrom('1', '1234', ' ', '-', '/') }), (text) => {
        const seen = new Set<string>();
        const groups = new DigitGroups(text, (start, end) => {
          expect(seen).not.toContain(`${start}-${end}`);
          seen.add(`${start}-${end}`);
        });
        for (const { index } of text.matchAll(/[0-9]/g)) groups.digits(index, index + 1);
        groups.end();
      }),
    );
  });
});
