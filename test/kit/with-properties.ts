// Finds the test files of the deep run: all that import test/kit/properties.ts, directly or indirectly.

import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

const SOURCE = 'test/kit/properties.ts';

export function testsWithProperties(): string[] {
  const importsByPath = new Map(
    globSync('test/{unit,contract,integration,kit}/**/*.ts').map((path) => [path, importsOf(path)]),
  );
  const reached = new Set([SOURCE]);
  for (let before = 0; before < reached.size;) {
    before = reached.size;
    for (const [path, imports] of importsByPath) {
      if (imports.some((target) => reached.has(target))) reached.add(path);
    }
  }
  return [...reached].filter((path) => path.endsWith('.test.ts'));
}

function importsOf(path: string): string[] {
  return Array.from(readFileSync(path, 'utf8').matchAll(/\bfrom '(\.[^']+)'/g), ([, name]) =>
    posix.join(posix.dirname(path), name ?? ''),
  );
}
