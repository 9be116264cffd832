import { globSync } from 'node:fs';
import { expect, it } from 'vitest';
import { longestFirst, unknownOf } from '../../kit/longest-first.ts';

it('runs the longest files first, and the others in their order', () => {
  const files = ['a', 'integration/load', 'b', 'integration/heartbeats', 'c'];
  const paths = files.map((name) => `/llmp/test/${name}.test.ts`);
  const names = longestFirst(paths, (path) => path).map((path) => path.slice(11, -8));
  expect(names).toEqual(['integration/heartbeats', 'integration/load', 'a', 'b', 'c']);
});

it('names files that exist', () => {
  expect(unknownOf(globSync('test/**/*.test.ts'))).toEqual([]);
});
