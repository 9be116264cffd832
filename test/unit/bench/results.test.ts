import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { replacedSection, sectionOf } from '../../bench/results.ts';

const PAGE = 'Before\n<!-- bars -->\nold\n<!-- /bars -->\nbetween\n<!-- soak -->\n<!-- /soak -->\n';

describe('the page of results', () => {
  it('gets a section replaced and keeps the others', () => {
    const page = replacedSection(PAGE, 'bars', '\nnew $& text\n');
    expect(sectionOf(page, 'bars')).toBe('new $& text');
    expect(page.replace(/(?<=<!-- bars -->)[^]*?(?=<!-- \/bars)/, '\nold\n')).toBe(PAGE);
  });

  it('is not written without the section', () => {
    expect(() => replacedSection(PAGE, 'growth', 'new')).toThrow('no section growth');
  });

  it('opens with the peers, then the bars, then the details', () => {
    const page = readFileSync(new URL('../../bench/RESULTS.md', import.meta.url), 'utf8');
    const sections = Array.from(page.matchAll(/<!-- (\w+) -->/g), ([, name]) => name);
    expect(sections).toEqual(['beside', 'bars', 'details', 'scanners', 'growth', 'soak']);
    for (const name of ['beside', 'bars', 'details', 'scanners', 'growth', 'soak'] as const) {
      expect(sectionOf(page, name)).toMatch(/^\| -+ \|/m);
    }
  });
});
