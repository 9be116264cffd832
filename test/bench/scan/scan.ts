// Cost of reading a body: the scan kernel with the triggers of all detectors, and what it is to replace. In
// CPU time, the least of many rounds in turn, because the machine is shared.

import { scanJson } from '../../../shared/json/parse.ts';
import { limits } from '../../../shared/limits.ts';
import { DETECTORS } from '../../../shared/privacy/detect/detectors.ts';
import { detectorProgram } from '../../../shared/privacy/detect/detector-program.ts';
import { createScanner } from '../../../shared/privacy/detect/scan.ts';
import { CANDIDATE_WORDS, type BodyIndex } from '../../../shared/scan/body-index.ts';
import { createKernel } from '../../../shared/scan/kernel.ts';
import type { BodyScanner } from '../../../shared/scan/scanner.ts';
import { textsByKind } from '../texts.ts';

const BLOCK_LENGTH = 2_000;
const ROUNDS = 20;
const KEY = Buffer.alloc(16, 1);

const detectors = DETECTORS.filter(({ tier }) => tier !== 'C');
const program = detectorProgram(detectors);
const all = createKernel(program, KEY);
const plain = createKernel(
  {
    ...program,
    keywords: [],
    chars: [],
    digitsMin: 0,
    base64Min: 0,
    runLengths: new Uint8Array(128),
  },
  KEY,
);
const scanner = createScanner(detectors, [], all);

/** What is measured, from the least to the most. */
const WORK: Record<string, (bytes: Buffer, blocks: readonly string[]) => unknown> = {
  'JSON.parse': (bytes) => JSON.parse(bytes.toString()),
  scanJson: (bytes) => scanJson(bytes.toString()),
  'kernel: structure': (bytes) => index(all, bytes, false),
  '… and hashes': (bytes) => index(plain, bytes),
  '… and triggers': (bytes) => index(all, bytes),
  scanner: (_, blocks) => blocks.map((block) => scanner.scan(block)),
};

/** Prints milliseconds per megabyte by kind of text. */
export function runScan(): void {
  const names = Object.keys(WORK);
  console.log(`${program.keywords.length} keywords of ${detectors.length} detectors; ms/MB\n`);
  console.log(`| texts | ${names.join(' | ')} | candidates/KB |`);
  console.log(`| --- |${' --: |'.repeat(names.length + 1)}`);
  for (const [kind, text] of textsByKind()) {
    const blocks = text.match(new RegExp(`.{1,${BLOCK_LENGTH}}`, 'gs')) ?? [];
    const content = blocks.map((block) => ({ type: 'text', text: block }));
    const bytes = Buffer.from(JSON.stringify({ messages: [{ role: 'user', content }] }));
    const costs = leastCosts(bytes, blocks).map((ms) => ms.toFixed(2));
    const found = index(all, bytes).candidates.length / CANDIDATE_WORDS / (bytes.length / 1e3);
    console.log(`| ${kind} | ${costs.join(' | ')} | ${found.toFixed(0)} |`);
  }
}

function leastCosts(bytes: Buffer, blocks: readonly string[]): number[] {
  const costs = Object.keys(WORK).map(() => Infinity);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [place, work] of Object.values(WORK).entries()) {
      const before = process.cpuUsage();
      work(bytes, blocks);
      const { user, system } = process.cpuUsage(before);
      costs[place] = Math.min(
        costs[place] ?? Infinity,
        (user + system) / 1e3 / (bytes.length / 1e6),
      );
    }
  }
  return costs;
}

function index(kernel: BodyScanner, bytes: Uint8Array, readsTexts = true): BodyIndex {
  const steps = kernel.steps(bytes, { ...limits.json, candidatesMax: Infinity, readsTexts });
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
