import { expect, it } from 'vitest';
import { FIRST_NAMES } from '../../../../../../shared/privacy/detect/personal/first-names.ts';
import { isNoName } from '../../../../../../shared/privacy/detect/personal/no-names.ts';

it('first names are in lower case, and none is a word that no name contains', () => {
  for (const name of FIRST_NAMES) expect(name).toMatch(/^[\p{Ll}\p{Lo}-]{2,}$/u);
  expect([...FIRST_NAMES].filter((name) => isNoName(name))).toEqual([]);
  expect(FIRST_NAMES.size).toBeGreaterThan(1_000);
});
