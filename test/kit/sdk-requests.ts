// Requests as the declarations of the SDK allow them: for each string of each type, one request that holds it.

import { readFileSync } from 'node:fs';

/** A field of a request that holds text. */
export interface SdkField {
  /** Names and types on the way to it, such as `MessageCreateParamsBase.system[].text`. */
  readonly path: string;
  /** The name of the field. */
  readonly name: string;
  /** The type of the object that holds it, such as `text`. */
  readonly owner: string;
  readonly request: (value: unknown) => unknown;
}

interface Declared {
  readonly name: string;
  readonly type: string;
}

interface Leaf {
  readonly path: readonly string[];
  readonly build: (value: unknown) => unknown;
}

const FOLDER = 'node_modules/@anthropic-ai/sdk/resources';
const interfaces = new Map<string, readonly Declared[]>();
const aliases = new Map<string, string>();
for (const path of ['shared', 'messages/messages', 'beta/beta', 'beta/messages/messages']) {
  declare(readFileSync(`${FOLDER}/${path}.d.ts`, 'utf8').replaceAll(/\/\*\*[^]*?\*\//g, ''));
}

/** Every string that a request of the beta API may hold; the stable API is a part of it. */
export function sdkFields(): SdkField[] {
  return leavesOf('MessageCreateParamsBase', []).map(({ path, build }) => ({
    path: path.join('.'),
    name: path.at(-1) ?? '',
    owner: path.at(-2) ?? '',
    request: build,
  }));
}

function declare(source: string): void {
  for (const [, indent = '', name = '', body = ''] of source.matchAll(
    /^( *)export interface (\w+)[^{]*\{\n([^]*?)^\1\}/gm,
  )) {
    const own = `^ {${indent.length + 4}}`;
    const field = new RegExp(`${own}(\\w+)\\??: ([^]*?);\\n(?=${own}\\S|(?![^]))`, 'gm');
    const lines = body.replaceAll(/\n\s*\n/g, '\n');
    interfaces.set(
      name,
      [...lines.matchAll(field)].map(([, key = '', type = '']) => ({ name: key, type })),
    );
  }
  for (const [, name = '', type = ''] of source.matchAll(/^ *export type (\w+) = ([^;{]*);/gm)) {
    aliases.set(name, type);
  }
}

function leavesOf(type: string, within: readonly string[]): Leaf[] {
  const options = type.split(/\|(?![^<]*>)/).map((option) => option.trim());
  if (options.length > 1) return options.flatMap((option) => leavesOf(option, within));
  if (type === 'string' || type === 'unknown' || type.startsWith("'")) {
    return [{ path: [], build: (value) => value }];
  }
  const item = /^Array<([^]*)>$/.exec(type)?.[1];
  if (item !== undefined) {
    return leavesOf(item, within).map(({ path, build }) => ({
      path,
      build: (value) => [build(value)],
    }));
  }
  const name = type.replace(/^.*\./, '');
  const alias = aliases.get(name);
  if (alias !== undefined) return leavesOf(alias, within);
  const declared = interfaces.get(name);
  return declared && !within.includes(name) ? leavesIn(name, declared, within) : [];
}

function leavesIn(name: string, declared: readonly Declared[], within: readonly string[]): Leaf[] {
  const fixed = Object.fromEntries(
    declared
      .filter((field) => ['type', 'media_type', 'role'].includes(field.name))
      .map((field) => [field.name, /^'([^']*)'/.exec(field.type)?.[1]]),
  );
  return declared.flatMap((field) =>
    leavesOf(field.type, [...within, name]).map(({ path, build }) => ({
      path: [fixed['type'] ?? name, field.name, ...path],
      build: (value: unknown) => ({ ...fixed, [field.name]: build(value) }),
    })),
  );
}
