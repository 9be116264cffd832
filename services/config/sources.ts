// Where settings come from: the environment, files named by `…_FILE` variables (secrets only, as
// container platforms mount them) and one YAML file. Gives each setting's text; forms are not looked
// at here. The environment wins over the file, so one container can differ from its siblings.

import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { withoutInjected, type Environment } from './injected.ts';
import { certainlyMeant, didYouMean } from './nearest-name.ts';
import { isSecret, placeOf, SETTING_NAMES, type SettingName } from './settings.ts';

/** A setting's text, and what its owner would call the place it stands in. */
export interface Found {
  readonly text: string;
  readonly origin: string;
}

/** Names the YAML file; not a setting itself, so it cannot stand in the file. */
const FILE_VARIABLE = 'LLMP_CONFIG';

/** Collects all settings that are given; whatever is wrong with the sources is told to `fault`. */
export function collect(
  environment: Environment,
  addIssue: (text: string) => void,
): Map<string, Found> {
  const env = withoutInjected(environment);
  const found = new Map<string, Found>();
  const path = env[FILE_VARIABLE];
  if (path) collectFile(path, found, addIssue);
  for (const name of SETTING_NAMES) {
    const text = fromEnvironment(env, name, addIssue);
    if (text !== undefined) found.set(name, text);
  }
  checkNames(env, addIssue);
  return found;
}

/** A misspelt name must not be silently without effect. */
function checkNames(env: Environment, addIssue: (text: string) => void): void {
  const known = SETTING_NAMES.flatMap(variablesOf).concat(FILE_VARIABLE);
  const foreign = known.filter((name) => !name.startsWith('LLMP_'));
  const foreignFiles = foreign.map((name) => `${name}_FILE`);
  for (const name of Object.keys(env)) {
    if (known.includes(name)) continue;
    const meant = certainlyMeant(name, foreign);
    if (name.startsWith('LLMP_')) {
      addIssue(`${name}: there is no such setting${didYouMean(name, known)}`);
    } else if (foreignFiles.includes(name)) {
      addIssue(`${name}: there is no such setting, as only secrets may come from a file`);
    } else if (meant !== undefined && !env[meant]) {
      addIssue(`${name}: there is no such setting; did you mean ${meant}?`);
    }
  }
}

/** Environment variables by which a setting can be given. */
export function variablesOf(name: SettingName): string[] {
  return isSecret(name) ? [name, `${name}_FILE`] : [name];
}

/** An empty variable counts as absent: compose files can hand on a variable only as empty. */
function fromEnvironment(
  env: Environment,
  name: SettingName,
  addIssue: (text: string) => void,
): Found | undefined {
  const text = env[name];
  const path = isSecret(name) ? env[`${name}_FILE`] : undefined;
  if (!path) return text ? { text, origin: name } : undefined;
  if (text) addIssue(`${name}: is given twice, also by ${name}_FILE`);
  const content = readText(path, `${name}_FILE`, addIssue)?.replace(/\r?\n$/, '');
  if (content) return { text: content, origin: `${name}_FILE` };
  if (content === '') addIssue(`${name}_FILE: names a file that is empty`);
  return undefined;
}

function collectFile(
  path: string,
  found: Map<string, Found>,
  addIssue: (text: string) => void,
): void {
  const content = readText(path, FILE_VARIABLE, addIssue);
  if (content === undefined) return;
  const nameByPlace = new Map(SETTING_NAMES.map((name) => [placeOf(name), name]));
  const sections = new Set(Array.from(nameByPlace.keys(), (place) => place.split('.')[0]));
  for (const [place, value] of textFields(readYaml(content, addIssue))) {
    const origin = `${place || 'the whole'} in ${FILE_VARIABLE}`;
    const name = nameByPlace.get(place);
    const text = textOf(value);
    // Nothing is given where only the heading of a section, or only the name of a setting, is left.
    if (text === '' && (name || place === '' || sections.has(place))) continue;
    if (name === undefined) {
      addIssue(`${origin}: there is no such setting${didYouMean(place, [...nameByPlace.keys()])}`);
    } else if (text === undefined) addIssue(`${origin}: must be a single value or a list of them`);
    else found.set(name, { text, origin });
  }
}

/** The file as nested objects of text. The parser's messages quote the file, so they are not used. */
function readYaml(content: string, addIssue: (text: string) => void): unknown {
  // With `failsafe` every scalar stays the text that was written: 0123 or a 20-digit key are intact.
  const document = parseDocument(content, { schema: 'failsafe' });
  for (const { code, linePos } of document.errors) {
    addIssue(`${FILE_VARIABLE}: is not valid YAML in line ${linePos?.[0].line ?? '?'} (${code})`);
  }
  if (document.errors.length > 0) return {};
  try {
    return document.toJS() ?? {};
  } catch {
    addIssue(
      `${FILE_VARIABLE}: is not valid YAML, as an alias has no anchor or there are too many`,
    );
    return {};
  }
}

function* textFields(value: unknown, place = ''): Generator<[place: string, value: unknown]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    yield [place, value];
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    yield* textFields(inner, place ? `${place}.${key}` : key);
  }
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) return undefined;
  return value.join(',');
}

/** The path is not told: it may be the secret itself, given in the wrong variable. */
function readText(
  path: string,
  variable: string,
  addIssue: (text: string) => void,
): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    addIssue(`${variable}: names a file that cannot be read (${code})`);
    return undefined;
  }
}
