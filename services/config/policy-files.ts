// Reads a folder of policy files as text: one policy per file, named after the file.

import { hash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { DEFAULT_POLICY, POLICY_NAME } from '../../shared/policy/policies.ts';

export interface PolicyFile {
  readonly name: string;
  readonly path: string;
  readonly text: string;
}

/** The built-in policy. */
const BUILT_IN = new URL('../policy/default.yaml', import.meta.url);

const BYTES_MAX = 4 * 1024 * 1024;

/**
 * The policies of a folder, sorted by name. The built-in policy is `default` unless the folder has one.
 * @throws Error that names the path and the issue.
 */
export async function readPolicyFiles(folder: string | null): Promise<PolicyFile[]> {
  const files = folder === null ? [] : await filesIn(folder);
  if (files.some(({ name }) => name === DEFAULT_POLICY)) return files;
  const text = await readFile(BUILT_IN, 'utf8');
  return [{ name: DEFAULT_POLICY, path: 'the built-in policy', text }, ...files];
}

/** A hash of the content: `1f3c9a7e`. */
export function versionOf({ text }: Pick<PolicyFile, 'text'>): string {
  return hash('sha256', text, 'hex').slice(0, 8);
}

/** @throws Error that names the line of a syntax error and never quotes the file. */
export function parsePolicyText(text: string): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  const [error] = document.errors;
  if (error) {
    throw new Error(`is not YAML in line ${error.linePos?.[0].line ?? '?'} (${error.code})`);
  }
  try {
    return document.toJS();
  } catch {
    throw new Error('is not YAML: an alias has no anchor, or there are too many aliases');
  }
}

async function filesIn(folder: string): Promise<PolicyFile[]> {
  const names = await readdir(folder).catch(() => {
    throw new Error(`${folder}: is not a readable folder`);
  });
  const files: PolicyFile[] = [];
  for (const file of names.toSorted()) {
    const match = /^([^.].*)\.(ya?ml|json)$/.exec(file);
    if (!match?.[1]) continue;
    const [, name] = match;
    const path = join(folder, file);
    if (!POLICY_NAME.test(name)) {
      throw new Error(`${path}: a policy name has only lowercase letters, digits and hyphens`);
    }
    if (files.some((other) => other.name === name)) {
      throw new Error(`${path}: another file already defines the policy ${name}`);
    }
    const text = await readFile(path, 'utf8').catch(() => {
      throw new Error(`${path}: cannot be read`);
    });
    if (text.length > BYTES_MAX) throw new Error(`${path}: is larger than ${BYTES_MAX} bytes`);
    files.push({ name, path, text });
  }
  return files;
}
