// Collects the text of each setting from the environment, files named by `…_FILE` variables (secrets only,
// as container platforms mount them) and one YAML file. The environment overrides the YAML file.

import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import type { EnvFile } from './env-file.ts';
import { withoutInjected, type Environment } from './injected.ts';
import { misspelledSetting, didYouMean } from '../../shared/runtime/nearest-name.ts';
import { COMMAND_ONLY, isSecret, pathOf, SETTING_NAMES, type SettingName } from './settings.ts';

/** The text of a setting and where it was found. */
export interface SettingText {
  readonly text: string;
  readonly origin: string;
}

/** Names the YAML file; not a setting itself. */
const FILE_VARIABLE = 'LLMP_CONFIG';

/** Collects all given settings; reports invalid sources to `addIssue`. */
export function collectSettings(
  environment: Environment,
  addIssue: (text: string) => void,
  envFile?: EnvFile,
): Map<string, SettingText> {
  const env = withoutInjected(environment);
  const originOf = (name: string) =>
    envFile?.names.has(name) ? `${name} in ${envFile.path}` : name;
  const found = new Map<string, SettingText>();
  const path = env[FILE_VARIABLE];
  if (path) collectFile(path, found, addIssue);
  for (const name of SETTING_NAMES) {
    const given = fromEnvironment(env, name, addIssue);
    if (given !== undefined) found.set(name, { ...given, origin: originOf(given.origin) });
  }
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY'] as const) {
    const origin = ['all_proxy', 'ALL_PROXY'].find((variable) => env[variable]);
    const text = origin && env[origin];
    if (text && !found.has(name)) found.set(name, { text, origin: originOf(origin) });
  }
  checkNames(env, originOf, addIssue);
  return found;
}

/** Reports misspelt names, which would otherwise be ignored silently. */
function checkNames(
  env: Environment,
  originOf: (name: string) => string,
  addIssue: (text: string) => void,
): void {
  const known = SETTING_NAMES.flatMap(variablesOf).concat(FILE_VARIABLE, COMMAND_ONLY);
  const foreign = known.filter((name) => !name.startsWith('LLMP_'));
  const foreignFiles = foreign.map((name) => `${name}_FILE`);
  for (const name of Object.keys(env)) {
    if (known.includes(name)) continue;
    const meant = misspelledSetting(name, foreign);
    if (name.startsWith('LLMP_')) {
      addIssue(`${originOf(name)}: there is no such setting${didYouMean(name, known)}`);
    } else if (foreignFiles.includes(name)) {
      addIssue(`${originOf(name)}: there is no such setting; only secrets may come from a file`);
    } else if (meant !== undefined && !env[meant]) {
      addIssue(`${originOf(name)}: there is no such setting; did you mean ${meant}?`);
    }
  }
}

/** The environment variables of a setting. */
export function variablesOf(name: SettingName): string[] {
  return isSecret(name) ? [name, `${name}_FILE`] : [name];
}

/** Other programs read these in lower case, which they prefer when both are given. */
const LOWER_CASE: ReadonlySet<SettingName> = new Set(['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']);

/** An empty variable counts as absent, as compose files cannot unset a variable. */
function fromEnvironment(
  env: Environment,
  name: SettingName,
  addIssue: (text: string) => void,
): SettingText | undefined {
  const lowerCase = name.toLowerCase();
  const variable = LOWER_CASE.has(name) && env[lowerCase] ? lowerCase : name;
  const text = env[variable];
  const path = isSecret(name) ? env[`${name}_FILE`] : undefined;
  if (!path) return text ? { text, origin: variable } : undefined;
  if (text) addIssue(`${variable}: is given twice, also by ${name}_FILE`);
  const content = readText(path, `${name}_FILE`, addIssue)?.replace(/\r?\n$/, '');
  if (content) return { text: content, origin: `${name}_FILE` };
  if (content === '') addIssue(`${name}_FILE: names a file that is empty`);
  return undefined;
}

function collectFile(
  path: string,
  found: Map<string, SettingText>,
  addIssue: (text: string) => void,
): void {
  const content = readText(path, FILE_VARIABLE, addIssue);
  if (content === undefined) return;
  const nameByPath = new Map(SETTING_NAMES.map((name) => [pathOf(name), name]));
  const sections = new Set(Array.from(nameByPath.keys(), (key) => key.split('.')[0]));
  for (const [key, value] of textFields(readYaml(content, addIssue))) {
    const origin = `${key || 'the file'} in ${FILE_VARIABLE}`;
    const name = nameByPath.get(key);
    const text = textOf(value);
    // An empty section or setting counts as absent.
    if (text === '' && (name || key === '' || sections.has(key))) continue;
    if (name === undefined) {
      addIssue(`${origin}: there is no such setting${didYouMean(key, [...nameByPath.keys()])}`);
    } else if (text === undefined)
      addIssue(`${origin}: must be a single value or a list of values`);
    else found.set(name, { text, origin });
  }
}

/** Nested objects of text. Messages of the YAML parser quote the file, so only its codes are shown. */
function readYaml(content: string, addIssue: (text: string) => void): unknown {
  // `failsafe` keeps every scalar as text, so that 0123 or a 20-digit key stay intact.
  const document = parseDocument(content, { schema: 'failsafe' });
  for (const { code, linePos } of document.errors) {
    addIssue(`${FILE_VARIABLE}: is not valid YAML in line ${linePos?.[0].line ?? '?'} (${code})`);
  }
  if (document.errors.length > 0) return {};
  try {
    return document.toJS() ?? {};
  } catch {
    addIssue(
      `${FILE_VARIABLE}: is not valid YAML: an alias has no anchor, or there are too many aliases`,
    );
    return {};
  }
}

function* textFields(value: unknown, path = ''): Generator<[path: string, value: unknown]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    yield [path, value];
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    yield* textFields(inner, path ? `${path}.${key}` : key);
  }
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) return undefined;
  return value.join(',');
}

/** Issues do not show the path: it may be the secret itself, given in the wrong variable. */
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
