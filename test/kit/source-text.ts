// Source code of direct dependencies at their pinned versions, to measure false positives in code.

import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../node_modules/', import.meta.url));

/** Files by package, without tests and bundles; patterns without a match are fine. */
const SOURCES: Readonly<Record<string, string>> = {
  '@types/node': '*.d.ts',
  fastify: '{fastify.js,lib/**/*.js,types/*.d.ts}',
  ioredis: 'built/**/*.{js,ts}',
  pino: '{pino.js,pino.d.ts,lib/*.js}',
  re2js: 'build/index.js',
  undici: 'lib/{api,core,dispatcher,handler,interceptor,util,web}/**/*.js',
  vitest: 'dist/**/*.{js,ts}',
  yaml: 'dist/**/*.{js,ts}',
  zod: '{src/v4,v4}/**/*.{ts,js}',
};

export interface SourceText {
  readonly name: string;
  readonly text: string;
}

/** At most `lengthMaxEach` characters per package: complete files, sorted by path. */
export function dependencySources(lengthMaxEach: number): SourceText[] {
  return Object.entries(SOURCES).map(([name, pattern]) => {
    const cwd = `${ROOT}${name}/`;
    let text = '';
    for (const path of globSync(pattern, { cwd }).toSorted()) {
      if (/\btests?\b|\bminified\b|\.min\./.test(path)) continue;
      text += readFileSync(cwd + path, 'utf8');
      if (text.length >= lengthMaxEach) break;
    }
    return { name, text: text.slice(0, lengthMaxEach) };
  });
}
