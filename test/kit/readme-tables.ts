// Generates the README tables that the code defines. `npm run docs` writes them; a test compares them.

import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { isSecret, pathOf, SETTING_NAMES, settingsSchema } from '../../services/config/settings.ts';
import { ERROR_CODES, LlmpError } from '../../shared/errors.ts';

const README = new URL('../../README.md', import.meta.url);

export function readme(): string {
  return readFileSync(README, 'utf8');
}

/** The README text with current tables. */
export function withTables(text: string): string {
  return [
    ['errors', errorRows()],
    ['settings', settingRows()],
  ].reduce((tables, [name, rows]) => {
    const section = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
    if (!section.test(tables)) throw new Error(`the README has no markers for ${name}`);
    return tables.replace(section, (_all, before: string, after: string) => before + rows + after);
  }, text);
}

function errorRows(): string {
  return ERROR_CODES.map((code) => {
    const { status, type, retry, retryAfterSeconds } = new LlmpError(code);
    const after = retryAfterSeconds === undefined ? '' : ` (after ${retryAfterSeconds} s)`;
    const retried =
      (retry ?? (status >= 500 || status === 408 || status === 429)) ? `yes${after}` : 'no';
    return `| \`${code}\` | ${status} | \`${type}\` | ${retried} |\n`;
  }).join('');
}

function settingRows(): string {
  return SETTING_NAMES.map((name) => {
    const fallback = settingsSchema.shape[name].safeParse(undefined).data;
    const shown =
      fallback === undefined || String(fallback) === '' ? '' : `\`${String(fallback)}\``;
    const secret = isSecret(name) ? '; secret' : '';
    return `| \`${name}\` | ${shown} | \`${pathOf(name)}\` in the file${secret} |\n`;
  }).join('');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(README, withTables(readme()));
}
