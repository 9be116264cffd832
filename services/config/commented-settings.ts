// Every setting with its default as the commented text of a file `.env`.

import {
  COMMAND_DESCRIPTIONS,
  COMPOSE_DESCRIPTIONS,
  SETTING_DESCRIPTIONS,
} from './setting-descriptions.ts';
import { isSecret, pathOf, SETTING_NAMES, settingsSchema, type SettingName } from './settings.ts';

/** The first setting of each section. */
export const SECTIONS: Readonly<Partial<Record<SettingName, string>>> = {
  LLMP_HOST: 'Server',
  NATS_URL: 'NATS',
  REDIS_URL: 'Redis',
  ANTHROPIC_API_KEY: 'Upstream',
  LLMP_KEYS: 'Keys, limits and costs',
  LLMP_SCRUB_KEY: 'Privacy and policy',
  LLMP_EMBEDDINGS_URL: 'Documents',
  LLMP_PING_MS: 'Timeouts and bounds',
};

const HEAD =
  'Every setting of llmp with its default; written by `npm run docs`. Copy the lines you change into a file .env (`llmp init` writes it): npm start, the command line and docker compose read it in their working directory; the environment wins. A setting marked (secret) can also be given as …_FILE=path. The words in parentheses are its place in the optional YAML file. An empty value counts as unset; an unknown LLMP_ name stops the start.';
const OWN_HEAD =
  'Settings of llmp, each with its default. Remove the # in front of those you change: npm start, llmp and docker compose read this file in their working directory; the environment wins. A setting marked (secret) can also be given as …_FILE=path. An empty value counts as unset; an unknown LLMP_ name stops the start.';
const TAIL =
  'docker-compose.yml fixes the NATS settings, LLMP_CONFIG, LLMP_DATA_DIR, LLMP_HEALTH_PORT, LLMP_INTERNAL_HOST, LLMP_INTERNAL_PORT, REDIS_URL_FILE and REDIS_PASSWORD; it refuses to start when .env has one of them.';

/** @param given settings that are set; without them, the example */
export function commentedSettings(given?: Readonly<Partial<Record<SettingName, string>>>): string {
  const settings = SETTING_NAMES.map((name) => {
    const section = SECTIONS[name];
    const place = isSecret(name) ? `${pathOf(name)} (secret)` : pathOf(name);
    const description = SETTING_DESCRIPTIONS[name].replaceAll('`', '');
    const value = given?.[name];
    const line = value === undefined ? `# ${name}=${defaultOf(name)}` : `${name}=${quoted(value)}`;
    return `${section === undefined ? '' : `\n# --- ${section}\n\n`}${comment(`${description} (${place})`)}${line}\n`;
  });
  const compose = Object.entries(COMPOSE_DESCRIPTIONS).map(
    ([name, [description, byDefault]]) =>
      `${comment(description.replaceAll('`', ''))}# ${name}=${byDefault}\n`,
  );
  const command = Object.entries(COMMAND_DESCRIPTIONS).map(
    ([name, description]) => `${comment(description.replaceAll('`', ''))}# ${name}=\n`,
  );
  const head = comment(given ? OWN_HEAD : HEAD);
  return `${head}\n# YAML file with settings; the environment takes precedence.\n# LLMP_CONFIG=\n${settings.join('')}\n# --- The command llmp only\n\n${command.join('')}\n# --- Docker Compose only\n\n${compose.join('')}${comment(TAIL)}`;
}

export function defaultOf(name: SettingName): string {
  const value = settingsSchema.shape[name].safeParse(undefined).data;
  return value === undefined ? '' : [value].flat().join(',');
}

/** Docker Compose replaces $ in plain and in double-quoted values. */
function quoted(value: string): string {
  return /^[\w.:/@,+-]*$/.test(value) ? value : `'${value}'`;
}

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
