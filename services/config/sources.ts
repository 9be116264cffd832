// Where settings come from: the environment, files named by `…_FILE` variables (secrets only, as
// container platforms mount them) and one YAML file. Gives each setting's text; forms are not looked
// at here. The environment wins over the file, so one container can differ from its siblings.

import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { isSecret, placeOf, SETTING_NAMES, type SettingName } from './settings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting's text, and what its owner would call the place it stands in. */
export interface Found {
  readonly text: string;
  readonly origin: string;
}

/** Names the YAML file; not a setting itself, so it cannot stand in the file. */
const FILE_VARIABLE = 'LLMP_CONFIG';

/** Collects all settings that are given; whatever is wrong with the sources is told to `fault`. */
export function collect(env: Environment, fault: (text: string) => void): Map<string, Found> {
  const found = new Map<string, Found>();
  const path = env[FILE_VARIABLE];
  if (path) collectFile(path, found, fault);
  for (const name of SETTING_NAMES) {
    const text = fromEnvironment(env, name, fault);
    if (text !== undefined) found.set(name, text);
  }
  const known = new Set(SETTING_NAMES.flatMap(variablesOf).concat(FILE_VARIABLE));
  for (const name of Object.keys(env)) {
    if (name.startsWith('LLMP_') && !known.has(name)) fault(`${name}: there is no such setting`);
  }
  return found;
}

/** Environment variables by which a setting can be given. */
export function variablesOf(name: SettingName): string[] {
  return isSecret(name) ? [name, `${name}_FILE`] : [name];
}

/** An empty variable counts as absent: compose files can hand on a variable only as empty. */
function fromEnvironment(
  env: Environment,
  name: SettingName,
  fault: (text: string) => void,
): Found | undefined {
  const text = env[name];
  const path = isSecret(name) ? env[`${name}_FILE`] : undefined;
  if (!path) return text ? { text, origin: name } : undefined;
  if (text) fault(`${name}: is given twice, also by ${name}_FILE`);
  const content = readText(path)?.replace(/\r?\n$/, '');
  if (content) return { text: content, origin: `${name}_FILE` };
  fault(`${name}_FILE: names a file that is ${content === undefined ? 'not readable' : 'empty'}`);
  return undefined;
}

function collectFile(path: string, found: Map<string, Found>, fault: (text: string) => void): void {
  const content = readText(path);
  if (content === undefined) return fault(`${FILE_VARIABLE}: names a file that is not readable`);
  const nameByPlace = new Map(SETTING_NAMES.map((name) => [placeOf(name), name]));
  const sections = new Set(Array.from(nameByPlace.keys(), (place) => place.split('.')[0]));
  for (const [place, value] of leaves(readYaml(content, fault))) {
    const origin = `${place || 'the whole'} in ${FILE_VARIABLE}`;
    const name = nameByPlace.get(place);
    const text = textOf(value);
    // Nothing is given where only the heading of a section, or only the name of a setting, is left.
    if (text === '' && (name || place === '' || sections.has(place))) continue;
    if (name === undefined) fault(`${origin}: there is no such setting`);
    else if (text === undefined) fault(`${origin}: must be a single value or a list of them`);
    else found.set(name, { text, origin });
  }
}

/** The file as nested objects of text. The parser's messages quote the file, so they are not used. */
function readYaml(content: string, fault: (text: string) => void): unknown {
  // With `failsafe` every scalar stays the text that was written: 0123 or a 20-digit key are intact.
  const document = parseDocument(content, { schema: 'failsafe' });
  for (const { code, linePos } of document.errors) {
    fault(`${FILE_VARIABLE}: is not valid YAML in line ${linePos?.[0].line ?? '?'} (${code})`);
  }
  if (document.errors.length > 0) return {};
  try {
    return document.toJS() ?? {};
  } catch {
    fault(`${FILE_VARIABLE}: is not valid YAML, as an alias has no anchor or there are too many`);
    return {};
  }
}

function* leaves(value: unknown, place = ''): Generator<[place: string, value: unknown]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    yield [place, value];
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    yield* leaves(inner, place ? `${place}.${key}` : key);
  }
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) return undefined;
  return value.join(',');
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
