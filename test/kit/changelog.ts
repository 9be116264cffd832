// Releases take their notes from CHANGELOG.md:
//   node test/kit/changelog.ts cut 1.2.0       the entries so far become those of the version, dated today
//   node test/kit/changelog.ts section 1.2.0   prints the entries of the version

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FILE = fileURLToPath(new URL('../../CHANGELOG.md', import.meta.url));
const UNRELEASED = '## [Unreleased]\n';
const NEXT_SECTION = /^## /m;

/** @param day such as 2026-11-30 */
export function cutVersion(changelog: string, version: string, day: string): string {
  const start = changelog.indexOf(UNRELEASED);
  if (start < 0) throw new Error(`CHANGELOG.md has no section "${UNRELEASED.trim()}"`);
  if (changelog.includes(`\n## [${version}]`)) {
    throw new Error(`CHANGELOG.md has a section of ${version} already`);
  }
  const end = start + UNRELEASED.length;
  if (entriesAt(changelog, end) === '') throw new Error('CHANGELOG.md has nothing new');
  return `${changelog.slice(0, end)}\n## [${version}] - ${day}\n${changelog.slice(end)}`;
}

/** The entries of a released version, without its heading. */
export function sectionOf(changelog: string, version: string): string {
  const heading = `\n## [${version}] - `;
  const start = changelog.indexOf(heading);
  const entries =
    start < 0 ? '' : entriesAt(changelog, changelog.indexOf('\n', start + heading.length));
  if (entries === '') throw new Error(`CHANGELOG.md has no entries of ${version}`);
  return `${entries}\n`;
}

/** Up to the next section. */
function entriesAt(changelog: string, start: number): string {
  const [entries = ''] = changelog.slice(start).split(NEXT_SECTION);
  return entries.trim();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , action, version = ''] = process.argv;
  const changelog = readFileSync(FILE, 'utf8');
  if (action === 'cut') {
    writeFileSync(FILE, cutVersion(changelog, version, new Date().toISOString().slice(0, 10)));
  } else if (action === 'section') process.stdout.write(sectionOf(changelog, version));
  else throw new Error('say cut or section, and a version');
}
