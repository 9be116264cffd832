import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cutVersion, sectionOf } from '../../kit/changelog.ts';

const CHANGELOG = readFileSync(new URL('../../../CHANGELOG.md', import.meta.url), 'utf8');

const BEFORE = `# Changelog

## [Unreleased]

### API

- A new one

## [1.0.0] - 2026-01-02

- The first one
`;

describe('the changelog', () => {
  it('gives a version the entries so far, and begins anew', () => {
    const after = cutVersion(BEFORE, '1.1.0', '2026-11-30');
    expect(after).toContain('## [Unreleased]\n\n## [1.1.0] - 2026-11-30\n\n### API\n\n- A new one');
    expect(sectionOf(after, '1.1.0')).toBe('### API\n\n- A new one\n');
    expect(sectionOf(after, '1.0.0')).toBe('- The first one\n');
  });

  it.each([
    ['a version that is there', () => cutVersion(BEFORE, '1.0.0', '2026-11-30')],
    ['nothing', () => cutVersion(cutVersion(BEFORE, '1.1.0', 'a'), '1.2.0', 'b')],
    ['a version that is not there', () => sectionOf(BEFORE, '1.1.0')],
    ['part of a version', () => sectionOf(BEFORE, '1.0')],
    ['what is not released', () => sectionOf(BEFORE, 'Unreleased')],
  ])('refuses a release of %s', (_, release) => {
    expect(release).toThrow('CHANGELOG.md has');
  });

  it('of llmp can be released', () => {
    const version = '999.0.0';
    expect(sectionOf(cutVersion(CHANGELOG, version, '2026-11-30'), version)).toContain('\n- ');
  });
});
