// The files of a folder of policies: one policy a file, named for it. Read as text here; what a policy
// may say is the policy language's matter.

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

/** Of a policy that ships with the gateway. */
const SHIPPED = new URL('../policy/default.yaml', import.meta.url);

const BYTES_MAX = 4 * 1024 * 1024;

/**
 * The policies of a folder, in the order of their names; the shipped one stands for `default` where
 * the folder has none, or where there is no folder. Rejects with what is wrong, by path.
 */
export async function readPolicyFiles(folder: string | null): Promise<PolicyFile[]> {
  const own = folder === null ? [] : await filesIn(folder);
  if (own.some(({ name }) => name === DEFAULT_POLICY)) return own;
  const text = await readFile(SHIPPED, 'utf8');
  return [{ name: DEFAULT_POLICY, path: 'the shipped policy', text }, ...own];
}

/** The same for what stands in the file: `1f3c9a7e`. */
export function versionOf({ text }: Pick<PolicyFile, 'text'>): string {
  return hash('sha256', text, 'hex').slice(0, 8);
}

/** What a policy's text says; throws an Error that names the place of a fault and never quotes it. */
export function parsePolicyText(text: string): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  const [addIssue] = document.errors;
  if (addIssue)
    throw new Error(`is not YAML in line ${addIssue.linePos?.[0].line ?? '?'} (${addIssue.code})`);
  try {
    return document.toJS();
  } catch {
    throw new Error('is not YAML, as an alias has no anchor or there are too many');
  }
}

async function filesIn(folder: string): Promise<PolicyFile[]> {
  const names = await readdir(folder).catch(() => {
    throw new Error(`${folder}: is not a folder that can be read`);
  });
  const files: PolicyFile[] = [];
  for (const file of names.toSorted()) {
    const match = /^([^.].*)\.(ya?ml|json)$/.exec(file);
    if (!match?.[1]) continue;
    const [, name] = match;
    const path = join(folder, file);
    if (!POLICY_NAME.test(name)) {
      throw new Error(`${path}: the name of a policy has small letters, digits and hyphens only`);
    }
    if (files.some((other) => other.name === name)) {
      throw new Error(`${path}: there is another file for the policy ${name}`);
    }
    const text = await readFile(path, 'utf8').catch(() => {
      throw new Error(`${path}: cannot be read`);
    });
    if (text.length > BYTES_MAX) throw new Error(`${path}: is larger than ${BYTES_MAX} bytes`);
    files.push({ name, path, text });
  }
  return files;
}
