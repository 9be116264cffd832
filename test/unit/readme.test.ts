// The README says what the code says.

import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readme, withTables } from '../kit/readme-tables.ts';

describe('the README', () => {
  it('has the errors and settings of the code (npm run docs writes them)', () => {
    expect(readme()).toBe(withTables(readme()));
  });

  it('points only at files that are there', () => {
    const links = [...readme().matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(
      ([, path]) => path ?? '',
    );
    expect(links.length).toBeGreaterThan(20);
    const missing = links.filter((path) => !existsSync(new URL(`../../${path}`, import.meta.url)));
    expect(missing).toEqual([]);
  });

  it('names only commands that package.json has', async () => {
    const { default: manifest } = await import('../../package.json', { with: { type: 'json' } });
    const named = [...readme().matchAll(/npm (?:run )?((?:test|check|bench|start)[:\w]*)/g)];
    const scripts = Object.keys(manifest.scripts);
    expect(
      named.map(([, script]) => script).filter((name) => !scripts.includes(name ?? '')),
    ).toEqual([]);
  });
});
