// RESULTS.md keeps the latest run of each kind; a run replaces only its own sections.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FORMATTER = fileURLToPath(new URL('../../node_modules/.bin/oxfmt', import.meta.url));
const FILE = fileURLToPath(new URL('RESULTS.md', import.meta.url));

/** Shows the section of growth, too. */
export const PERFORMANCE = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));

export type SectionName = 'beside' | 'bars' | 'details' | 'scanners' | 'growth' | 'soak';

export function writeSection(name: SectionName, text: string, file = FILE): void {
  writeFileSync(file, replacedSection(readFileSync(file, 'utf8'), name, text));
  // Otherwise the next format check would fail.
  execFileSync(FORMATTER, [file], { stdio: 'ignore' });
}

/** Shows a section of RESULTS.md on another page, which has a place for it. */
export function copySection(name: SectionName, page: string): void {
  const text = sectionOf(readFileSync(FILE, 'utf8'), name);
  writeFileSync(page, replacedSection(readFileSync(page, 'utf8'), name, text));
}

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. */
export function replacedSection(page: string, name: SectionName, text: string): string {
  const { from, to } = placeOf(page, name);
  return `${page.slice(0, from)}\n\n${text.trim()}\n\n${page.slice(to)}`;
}

export function sectionOf(page: string, name: SectionName): string {
  const { from, to } = placeOf(page, name);
  return page.slice(from, to).trim();
}

function placeOf(page: string, name: SectionName) {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`there is no section ${name}`);
  return { from: from + begin.length, to };
}

export function today(): string {
  return new Date().toISOString().slice(0, 10);
}
