import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { matcherSchema } from '../../../../shared/policy/matchers.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const types = matcherSchema.options.map(({ shape }) => shape.type.value).toSorted();

describe('the table of matchers', () => {
  it('has every file of the folder under its own type', () => {
    const files = readdirSync(`${root}/shared/policy/matchers`).map((file) => file.slice(0, -3));
    expect(types).toEqual(files.toSorted());
  });

  it('is the table of the documentation', () => {
    const page = readFileSync(`${root}/docs/policy.md`, 'utf8');
    const [, section = ''] = /^## Matchers\n(.*?)^## /ms.exec(page) ?? [];
    const rows = Array.from(section.matchAll(/^\| `(\w+)` \|/gm), ([, type = '']) => type);
    expect(rows.toSorted()).toEqual(types);
  });
});
