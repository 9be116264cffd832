// `npm run test:chaos`: the chaos tests. With `--seed N` or `--minutes M`, only the random schedule, with
// these; everything else is for vitest.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const TOP = fileURLToPath(new URL('../..', import.meta.url));
const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const SETTINGS: ReadonlyMap<string, string> = new Map([
  ['--seed', 'CHAOS_SEED'],
  ['--minutes', 'CHAOS_MINUTES'],
]);

const env = { ...process.env };
const others: string[] = [];
let isRandomOnly = false;
const words = process.argv.slice(2).flatMap((word) => word.split(/(?<=^--(?:seed|minutes))=/));
for (let at = 0; at < words.length; at += 1) {
  const word = words[at] ?? '';
  const setting = SETTINGS.get(word);
  if (setting === undefined) {
    others.push(word);
    continue;
  }
  at += 1;
  const value = words[at];
  if (value === undefined || !(Number(value) > 0)) {
    process.stderr.write(`${word} needs a number above 0\n`);
    process.exit(2);
  }
  env[setting] = value;
  isRandomOnly = true;
}
const files = isRandomOnly ? ['test/chaos/random.test.ts'] : [];
const args = [VITEST, 'run', '--project', 'chaos', ...files, ...others];
const { status } = spawnSync(process.execPath, args, { cwd: TOP, env, stdio: 'inherit' });
process.exit(status ?? 1);
