// How fast the scanner reads text it has never seen, by kind of text, and how often it is wrong about
// source code: `node test/bench/privacy-scan.ts`. The texts are what the dependencies ship, so that
// everyone has them; CPU time, as wall time is shared. Findings are printed by entity, for a look.

import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DETECTORS } from '../../shared/detect/detectors.ts';
import { createScanner } from '../../shared/detect/scan.ts';

const ROOT = fileURLToPath(new URL('../../node_modules/', import.meta.url));
const TEXT_UNITS = 1_000_000;
const FILE_UNITS_MAX = 16_000;
const WARM_UPS = 12;
const ROUNDS = 4;

/** Share of each kind in the mixed text, in percent. */
const KINDS = {
  ts: { share: 35, files: '{@anthropic-ai,zod,undici,@types,vite}/**/*.ts' },
  prose: { share: 25, files: '**/*.md' },
  json: { share: 20, files: '**/*.json' },
  js: { share: 20, files: '{typescript,fastify,ajv,pino,yaml}/**/*.js' },
} as const;

/** Pieces of files from all over the list, so that no package is all of the text. */
function textOf(pattern: string, units: number): string {
  const files = globSync(pattern, { cwd: ROOT }).toSorted();
  let text = '';
  for (let stride = 64; stride >= 1 && text.length < units; stride /= 2) {
    for (let index = stride - 1; index < files.length && text.length < units; index += stride * 2) {
      text += readFileSync(`${ROOT}${files[index]}`, 'utf8').slice(0, FILE_UNITS_MAX);
    }
  }
  return text.slice(0, units);
}

const texts = new Map<string, string>();
for (const [kind, { files }] of Object.entries(KINDS)) texts.set(kind, textOf(files, TEXT_UNITS));
let mixed = '';
for (const [kind, { share }] of Object.entries(KINDS)) {
  mixed += texts.get(kind)?.slice(0, (TEXT_UNITS / 100) * share) ?? '';
}
texts.set('mixed', mixed);

const scanner = createScanner(DETECTORS.filter(({ tier }) => tier !== 'C'));
const rows = [...texts].map(([kind, text]) => {
  for (let round = 0; round < WARM_UPS; round++) scanner.scan(text);
  const before = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round++) scanner.scan(text);
  const { user, system } = process.cpuUsage(before);
  const bytes = Buffer.byteLength(text);
  const msPerMegabyte = (user + system) / 1_000 / ROUNDS / (bytes / 1e6);
  return {
    kind,
    megabytes: bytes / 1e6,
    'ms/MB': Number(msPerMegabyte.toFixed(1)),
    'MB/s': Math.round(1_000 / msPerMegabyte),
    'findings/MB': Math.round(scanner.scan(text).length / (bytes / 1e6)),
  };
});
console.table(rows);

const counts = new Map<string, number>();
for (const { detector } of scanner.scan(mixed)) {
  counts.set(detector.entity, (counts.get(detector.entity) ?? 0) + 1);
}
console.table(Object.fromEntries(counts));
