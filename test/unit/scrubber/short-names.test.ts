import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShortNames } from '../../../services/scrubber/short-names.ts';
import { finish } from '../../kit/finish.ts';
import { checkProperty } from '../../kit/properties.ts';

function namesOf(...names: string[]): ShortNames {
  const all = new ShortNames();
  for (const [index, name] of names.entries()) all.add(name, index);
  return all;
}

function foundIn(text: string, ...names: string[]): string[] {
  return finish(namesOf(...names).find(text, [], names.length)).map(
    ({ start, end }) => `${start}:${text.slice(start, end)}`,
  );
}

describe('short names', () => {
  it('are found in a script without spaces', () => {
    expect(foundIn('昨天王伟来了，王伟 走了', '王伟')).toEqual(['2:王伟', '7:王伟']);
  });

  it('are found as whole words in other scripts', () => {
    expect(foundIn('Li Na, Li Nath, ALi Na and Li Na.', 'Li Na')).toEqual(['0:Li Na', '27:Li Na']);
  });

  it('match as long as possible', () => {
    expect(foundIn('王伟明', '王伟', '王伟明')).toEqual(['0:王伟明']);
  });

  it('are not found inside other findings, nor before they are known', () => {
    const names = namesOf('王伟');
    expect(finish(names.find('王伟王伟', [{ start: 0, end: 2 }], 1))).toEqual([
      { start: 2, end: 4, index: 0 },
    ]);
    expect(finish(names.find('王伟', [], 0))).toEqual([]);
  });

  it('are found wherever a plain search finds them', () => {
    checkProperty(
      fc.property(fc.array(fc.constantFrom('王', '伟', ',', 'x')), (chars) => {
        const text = chars.join('');
        expect(foundIn(text, '王伟')).toEqual(
          Array.from(text.matchAll(/王伟/g), ({ index }) => `${index}:王伟`),
        );
      }),
    );
  });
});
