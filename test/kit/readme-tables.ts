// Parts of the documentation that the code knows, so that they cannot disagree with it.
// `npm run docs` writes them; a test compares.

import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { USAGE, type Command } from '../../services/cli/command-line.ts';
import {
  COMPOSE_DESCRIPTIONS,
  SETTING_DESCRIPTIONS,
} from '../../services/config/setting-descriptions.ts';
import {
  isSecret,
  pathOf,
  SETTING_NAMES,
  settingsSchema,
  type SettingName,
} from '../../services/config/settings.ts';
import { ERROR_CODES, LlmpError } from '../../shared/errors.ts';
import { DETECTORS } from '../../shared/privacy/detect/detectors.ts';
import { ERROR_GUIDE } from './error-guide.ts';
import { OPERATIONS, type Operation } from './api-operations.ts';
import { openApi } from './openapi.ts';
import { licensesOf, sbomOf } from './sbom.ts';

const ROOT = new URL('../../', import.meta.url);

/** Files with generated blocks, each between `<!-- name -->` and `<!-- /name -->`. */
const BLOCKS: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  'docs/configuration.md': { settings: settingTables },
  'docs/errors.md': { errors: errorTable, 'error-details': errorDetails },
  'docs/cli.md': { commands: commandTable },
  'docs/http-api.md': { endpoints: endpointTable },
  'docs/privacy.md': { entities: entityTable },
};

/** Generated as a whole. */
const FILES: Readonly<Record<string, () => string>> = {
  '.env.example': envExample,
  'deploy/sbom.cdx.json': () => sbomOf(textOf('package-lock.json')),
  'docs/licenses.md': () => licensesOf(textOf('package-lock.json')),
  'docs/openapi.json': openApi,
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

/** The first setting of each section. */
const SECTIONS: Readonly<Partial<Record<SettingName, string>>> = {
  LLMP_HOST: 'Server',
  NATS_URL: 'NATS',
  REDIS_URL: 'Redis',
  ANTHROPIC_API_KEY: 'Upstream',
  LLMP_KEYS: 'Keys, limits and costs',
  LLMP_SCRUB_KEY: 'Privacy and policy',
  LLMP_EMBEDDINGS_URL: 'Documents',
  LLMP_PING_MS: 'Timeouts and bounds',
};

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
    .concat(composeTable());
}

function composeTable(): string {
  const rows = Object.entries(COMPOSE_DESCRIPTIONS).map(
    ([name, [description, byDefault]]) =>
      `| \`${name}\` | ${byDefault === '' ? '' : `\`${byDefault}\``} | ${description} |\n`,
  );
  return `\n### Docker Compose only\n\n| Variable | Default | Meaning |\n|---|---|---|\n${rows.join('')}\n`;
}

function defaultOf(name: SettingName): string {
  const value = settingsSchema.shape[name].safeParse(undefined).data;
  return value === undefined ? '' : [value].flat().join(',');
}

function envExample(): string {
  const settings = SETTING_NAMES.map((name) => {
    const section = SECTIONS[name];
    const place = isSecret(name) ? `${pathOf(name)} (secret)` : pathOf(name);
    const description = SETTING_DESCRIPTIONS[name].replaceAll('`', '');
    return `${section === undefined ? '' : `\n# --- ${section}\n\n`}${comment(`${description} (${place})`)}# ${name}=${defaultOf(name)}\n`;
  });
  const compose = Object.entries(COMPOSE_DESCRIPTIONS).map(
    ([name, [description, byDefault]]) =>
      `${comment(description.replaceAll('`', ''))}# ${name}=${byDefault}\n`,
  );
  return `${comment(ENV_HEAD)}\n# YAML file with settings; the environment takes precedence.\n# LLMP_CONFIG=\n${settings.join('')}\n# --- Docker Compose only\n\n${compose.join('')}${comment(ENV_TAIL)}`;
}

const ENV_HEAD =
  'Every setting of llmp with its default; written by `npm run docs`. Copy the lines you change into a file .env: npm start, the command line and docker compose read it in their working directory; the environment wins. A setting marked (secret) can also be given as NAME_FILE=path. The words in parentheses are its place in the optional YAML file. An empty value counts as unset; an unknown LLMP_ name stops the start.';
const ENV_TAIL =
  'docker-compose.yml fixes the NATS settings, LLMP_CONFIG, LLMP_DATA_DIR, LLMP_HEALTH_PORT, LLMP_INTERNAL_HOST, LLMP_INTERNAL_PORT, REDIS_URL_FILE and REDIS_PASSWORD; it refuses to start when .env has one of them.';

/** As lines of comment, wrapped at 100 characters. */
function comment(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = `${lines.at(-1)} ${word}`;
    if (line.length > 99) lines.push(` ${word}`);
    else lines[lines.length - 1] = line;
  }
  return lines.map((line) => `#${line}\n`).join('');
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

const COMMAND_DESCRIPTIONS: Readonly<Record<Command, string>> = {
  'keys create': 'Create a key and print it, once.',
  'keys list': 'List keys with their status.',
  'keys update': 'Change a key; what is not given stays.',
  'keys revoke': 'Revoke a key; every ingress refuses it within a second.',
  'keys rotate': 'Create a successor; the old key stays valid for the overlap (24h).',
  'usage show': 'Print requests, tokens and cost as CSV.',
  'collections create': 'Create a collection.',
  'collections update': 'Change settings of a collection.',
  'collections list': 'List collections with their settings.',
  'collections delete': 'Delete a collection with all its documents.',
  'documents add': 'Add a file or folder and wait until it is indexed.',
  'documents list': 'List documents with their state.',
  'documents remove': 'Remove a document.',
  'documents reindex': 'Index every document of a collection again.',
  'documents migrate': 'Copy what another index holds into the configured one.',
  'policy check': 'Validate a policy file; with a sample, show what it would do.',
  'policy test': 'Run the cases of a file against a policy.',
  'policy schema': 'Print the JSON Schema of policy files.',
  scrub: 'Show what an upstream would see of a request or any text; with `--check`, list values.',
  'teams show': 'Show the limits of a team.',
  'teams update': 'Change the limits of a team.',
};

function commandTable(): string {
  const rows = Object.entries(COMMAND_DESCRIPTIONS).map(([command, description]) => {
    const line = USAGE.split('\n').find((text) => text.startsWith(`  ${command}`));
    if (line === undefined) throw new Error(`the usage has no ${command}`);
    return `| \`llmp ${line.trim().replaceAll('|', '\\|')}\` | ${description} |\n`;
  });
  const notesStart = USAGE.indexOf('collection settings:');
  if (notesStart < 0) throw new Error('the usage has no collection settings');
  const notes = USAGE.slice(notesStart);
  return `| Command | |\n|---|---|\n${rows.join('')}\n\`\`\`text\n${notes}\n\`\`\`\n`;
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
