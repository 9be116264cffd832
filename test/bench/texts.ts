// Benchmark texts from dependencies, so that everyone has the same.

import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../node_modules/', import.meta.url));
const TEXT_LENGTH = 1_000_000;
const FILE_LENGTH_MAX = 16_000;

/** Share of each kind in the mixed text, in percent. */
const KINDS = {
  ts: { share: 35, files: '{@anthropic-ai,zod,undici,@types,vite}/**/*.ts' },
  prose: { share: 25, files: '**/*.md' },
  json: { share: 20, files: '**/*.json' },
  js: { share: 20, files: '{typescript,fastify,ajv,pino,yaml}/**/*.js' },
} as const;

/** One megabyte of each kind, and one mixed. */
export function textsByKind(): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [kind, { files }] of Object.entries(KINDS)) texts.set(kind, textOf(files));
  const mixed = Object.entries(KINDS)
    .map(([kind, { share }]) => texts.get(kind)?.slice(0, (TEXT_LENGTH / 100) * share))
    .join('');
  return texts.set('mixed', mixed);
}

/** Slices of files from across the list, so no package dominates. */
function textOf(pattern: string): string {
  const files = globSync(pattern, { cwd: ROOT }).toSorted();
  let text = '';
  for (let stride = 64; stride >= 1 && text.length < TEXT_LENGTH; stride /= 2) {
    for (let at = stride - 1; at < files.length && text.length < TEXT_LENGTH; at += stride * 2) {
      text += readFileSync(`${ROOT}${files[at]}`, 'utf8').slice(0, FILE_LENGTH_MAX);
    }
  }
  return text.slice(0, TEXT_LENGTH);
}

/** CPU time per round. */
export async function cpuMs(rounds: number, run: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round += 1) await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / rounds;
}

/** Lines of about `bytes` together. */
export function lines(bytes: number, line: (index: number) => string): string {
  const all: string[] = [];
  for (let [length, index] = [0, 0]; length < bytes; index += 1) {
    const next = line(index);
    all.push(next);
    length += next.length + 1;
  }
  return all.join('\n');
}
