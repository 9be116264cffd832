// RESULTS.md keeps the latest run of each kind; a run replaces only its own section.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FORMATTER = fileURLToPath(new URL('../../node_modules/.bin/oxfmt', import.meta.url));
const FILE = fileURLToPath(new URL('RESULTS.md', import.meta.url));

/** Replaces the text between `<!-- name -->` and `<!-- /name -->`. */
export function writeSection(name: 'gateway' | 'soak', text: string): void {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const old = readFileSync(FILE, 'utf8');
  const from = old.indexOf(begin);
  const to = old.indexOf(end);
  if (from < 0 || to < from) throw new Error(`RESULTS.md has no section ${name}`);
  const today = new Date().toISOString().slice(0, 10);
  const section = `${begin}\n\n${today}, ${text.trim()}\n\n`;
  writeFileSync(FILE, old.slice(0, from) + section + old.slice(to));
  // Otherwise the next format check would fail.
  execFileSync(FORMATTER, [FILE], { stdio: 'ignore' });
}
