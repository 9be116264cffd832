// RESULTS.md keeps the last run of each kind. A run replaces its own section, between two marks, and
// leaves the others as they are.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FORMATTER = fileURLToPath(new URL('../../node_modules/.bin/oxfmt', import.meta.url));
const FILE = fileURLToPath(new URL('RESULTS.md', import.meta.url));

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. */
export function writeSection(name: 'gateway' | 'soak', text: string): void {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const old = readFileSync(FILE, 'utf8');
  const from = old.indexOf(begin);
  const to = old.indexOf(end);
  if (from < 0 || to < from) throw new Error(`RESULTS.md has no section ${name}`);
  const today = new Date().toISOString().slice(0, 10);
  const section = `${begin}\n\n${today}, ${text.trim()}\n\n`;
  writeFileSync(FILE, old.slice(0, from) + section + old.slice(to));
  // Or the next check of the formatting would fail.
  execFileSync(FORMATTER, [FILE], { stdio: 'ignore' });
}
