// Parts of the documentation that the code knows, so that they cannot disagree with it.
// `npm run docs` writes them; a test compares.

import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import {
  commentedSettings,
  defaultOf,
  SECTIONS,
} from '../../services/config/commented-settings.ts';
import {
  COMMAND_DESCRIPTIONS,
  COMPOSE_DESCRIPTIONS,
  SETTING_DESCRIPTIONS,
} from '../../services/config/setting-descriptions.ts';
import { isSecret, pathOf, SETTING_NAMES } from '../../services/config/settings.ts';
import { ERROR_CODES, LlmpError } from '../../shared/errors.ts';
import { DETECTORS } from '../../shared/privacy/detect/detectors.ts';
import { ERROR_GUIDE } from './error-guide.ts';
import { OPERATIONS, type Operation } from './api-operations.ts';
import { commandReference } from './command-reference.ts';
import { openApi } from './openapi.ts';
import { licensesOf, sbomOf } from './sbom.ts';
import { simulateTable } from './simulator-guide.ts';

const ROOT = new URL('../../', import.meta.url);

/** Files with generated blocks, each between `<!-- name -->` and `<!-- /name -->`. */
const BLOCKS: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  'README.md': { simulate: simulateTable },
  'docs/configuration.md': { settings: settingTables },
  'docs/errors.md': { errors: errorTable, 'error-details': errorDetails },
  'docs/cli.md': { commands: commandReference },
  'docs/http-api.md': { endpoints: endpointTable },
  'docs/privacy.md': { entities: entityTable },
};

/** Generated as a whole. */
const FILES: Readonly<Record<string, () => string>> = {
  '.env.example': () => commentedSettings(),
  'deploy/sbom.cdx.json': () => sbomOf(textOf('package-lock.json')),
  'docs/licenses.md': () => licensesOf(textOf('package-lock.json')),
  'docs/openapi.json': openApi,
  'services/admin/openapi.json': openApi,
};

export const GENERATED: readonly string[] = [...Object.keys(BLOCKS), ...Object.keys(FILES)];

export function textOf(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

/** The file's text with everything generated in it made anew. */
export function generated(path: string): string {
  const whole = FILES[path];
  if (whole) return whole();
  return Object.entries(BLOCKS[path] ?? {}).reduce((text, [name, make]) => {
    const between = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
    if (!between.test(text)) throw new Error(`${path} has no place for ${name}`);
    return text.replace(between, (_all, before: string, after: string) => before + make() + after);
  }, textOf(path));
}

function settingTables(): string {
  const head = '| Setting | Default | In the file | Meaning |\n|---|---|---|---|\n';
  return SETTING_NAMES.map((name) => {
    const section = SECTIONS[name];
    const title = section === undefined ? '' : `\n### ${section}\n\n${head}`;
    const file = isSecret(name) ? `<br>\`${name}_FILE\`` : '';
    const value = defaultOf(name);
    const shown = value === '' ? '' : `\`${value}\``;
    const meaning = SETTING_DESCRIPTIONS[name].replaceAll(
      /docs\/([\w-]+\.md)/g,
      (_all, page: string) => `[${page}](${page})`,
    );
    return `${title}| \`${name}\`${file} | ${shown} | \`${pathOf(name)}\` | ${meaning} |\n`;
  })
    .join('')
    .concat(commandTable(), composeTable());
}

function commandTable(): string {
  const rows = Object.entries(COMMAND_DESCRIPTIONS).map(
    ([name, description]) => `| \`${name}\` | ${description} |\n`,
  );
  return `\n### The command llmp only\n\n| Variable | Meaning |\n|---|---|\n${rows.join('')}`;
}

function composeTable(): string {
  const rows = Object.entries(COMPOSE_DESCRIPTIONS).map(
    ([name, [description, byDefault]]) =>
      `| \`${name}\` | ${byDefault === '' ? '' : `\`${byDefault}\``} | ${description} |\n`,
  );
  return `\n### Docker Compose only\n\n| Variable | Default | Meaning |\n|---|---|---|\n${rows.join('')}\n`;
}

function errorTable(): string {
  const rows = ERROR_CODES.map((code) => {
    const { status, type, message } = new LlmpError(code);
    return `| [\`${code}\`](#${code}) | ${status} | \`${type}\` | ${retried(code)} | ${message} |\n`;
  });
  return `| Code | Status | Anthropic type | Retried by clients | Message |\n|---|--:|---|---|---|\n${rows.join('')}`;
}

function retried(code: (typeof ERROR_CODES)[number]): string {
  const { status, retry, retryAfterSeconds } = new LlmpError(code);
  const isRetried = retry ?? (status >= 500 || [408, 409, 429].includes(status));
  if (!isRetried) return 'no';
  return retryAfterSeconds === undefined ? 'yes' : `yes, after ${retryAfterSeconds} s`;
}

function errorDetails(): string {
  return ERROR_CODES.map((code) => {
    const { meaning, action } = ERROR_GUIDE[code];
    return `\n### ${code}\n\n${meaning}\n\n**What to do:** ${action}\n`;
  })
    .join('')
    .concat('\n');
}

function endpointTable(): string {
  const row = ({ method, path, summary, query, body }: Operation) => {
    const names = [query, body === 'file' ? undefined : body]
      .flatMap((schema) => (schema && 'shape' in schema ? Object.keys(schema.shape as object) : []))
      .map((name) => `\`${name}\``);
    return `| \`${method.toUpperCase()} ${path}\` | ${summary} | ${names.join(', ')} |\n`;
  };
  const head = '| Endpoint | | Query or body fields |\n|---|---|---|\n';
  const of = (opens: Operation['opens']) =>
    OPERATIONS.filter((one) => one.opens === opens).map(row);
  const table = (title: string, opens: Operation['opens']) =>
    `\n### ${title}\n\n${head}${of(opens).join('')}`;
  return `${table('Messages (with an llmp key)', 'key')}${table('Probes (no key)', 'nothing')}${table('Admin (with the admin token)', 'admin')}\n`;
}

const TIERS = { A: 'on', B: 'on with context', C: 'off' };

function entityTable(): string {
  const rows = Map.groupBy(DETECTORS, ({ entity }) => entity);
  const lines = [...rows].map(([entity, detectors]) => {
    const tiers = (['A', 'B', 'C'] as const).filter((tier) =>
      detectors.some((detector) => detector.tier === tier),
    );
    const hasLevel = detectors.some(({ topic }) => topic !== undefined);
    const when = hasLevel ? 'on where labelled' : tiers.map((tier) => TIERS[tier]).join(' / ');
    return `| \`${entity}\` | \`PII_${detectors[0]?.label}_…\` | ${when} |\n`;
  });
  return `| Entity | Placeholder | Default |\n|---|---|---|\n${lines.toSorted().join('')}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const path of GENERATED) writeFileSync(new URL(path, ROOT), generated(path));
}
