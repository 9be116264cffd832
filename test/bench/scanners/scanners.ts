// How fast llmp finds sensitive data in texts, beside expressions in JavaScript, RE2 and Hyperscan: megabytes
// per second of CPU, one thread. Other engines are compiled with `cc` where their library is installed.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDetection } from '../../../shared/privacy/detection.ts';
import { ProcessKernel } from '../../../shared/scan/process-kernel.ts';
import { table } from '../markdown.ts';
import { GUARD_PATTERNS } from '../peers/guard-patterns.ts';
import { speedOf } from '../privacy/speed.ts';
import { expressionOf, PATTERNS } from './patterns.ts';
import { scannedTexts, type TextKind } from './scanned-texts.ts';

/** Texts of conversations have some 2,000 characters. */
const BLOCK_LENGTH = 2_000;
const SECONDS = 0.5;
/** Until the scanner is compiled. */
const WARM_UP_SECONDS = 3;
/** Megabytes per second that llmp is to reach on mixed text. */
export const SCAN_BARS = { 'llmp, all detectors': 200, 'llmp, remembered': 1_000 } as const;

/** Megabytes per second by kind of text; why it was not measured otherwise. */
export type Speeds = ReadonlyMap<TextKind, number> | string;
export type ScannerSpeeds = ReadonlyMap<string, Speeds>;

export async function measureScanners(seconds = SECONDS): Promise<ScannerSpeeds> {
  const texts = scannedTexts();
  const { scanner } = buildDetection(null, (program) => new ProcessKernel(program));
  const first = new Map<TextKind, number>();
  const remembered = new Map<TextKind, number>();
  await speedOf(scanner, texts.get('mixed') ?? '', { warmUpSeconds: WARM_UP_SECONDS, seconds });
  for (const [kind, text] of texts) {
    const options = { blockLength: BLOCK_LENGTH, warmUpSeconds: seconds, seconds };
    const speed = await speedOf(scanner, text, options);
    first.set(kind, speed.coldPerSecond);
    remembered.set(kind, speed.cachedPerSecond);
  }
  const four = Object.values(GUARD_PATTERNS).map(expressionOf);
  const all = PATTERNS.map(expressionOf);
  const scan = (text: string) =>
    perSecond(text, seconds, (block) => {
      scanner.scan(block);
    });
  return new Map<string, Speeds>([
    ['llmp, all detectors', byKind(texts, scan)],
    ['llmp, first sight: also hashed, labelled and kept', first],
    ['llmp, remembered', remembered],
    ['JavaScript, 4 expressions', byKind(texts, (text) => expressionSpeed(four, text, seconds))],
    [
      `JavaScript, ${PATTERNS.length} expressions`,
      byKind(texts, (text) => expressionSpeed(all, text, seconds)),
    ],
    [
      `RE2, ${PATTERNS.length} expressions`,
      compiled('re2.cc', ['c++', '-std=c++17', '-lre2'], texts, seconds),
    ],
    [
      `Hyperscan, ${PATTERNS.length} expressions at once`,
      compiled('hyperscan.c', ['cc', '-I/usr/include/hs', '-lhs'], texts, seconds),
    ],
  ]);
}

export function scannerTable(speeds: ScannerSpeeds): string {
  const [first] = [...speeds.values()].filter((one) => typeof one !== 'string');
  const kinds = [...(first?.keys() ?? [])];
  const rows = Array.from(speeds, ([name, of]) => [
    name,
    ...kinds.map((kind) => (typeof of === 'string' ? '' : speedText(of.get(kind)))),
  ]);
  const absent = Array.from(speeds, ([name, of]) =>
    typeof of === 'string' ? `- ${name}: not measured, ${of}` : '',
  ).filter((line) => line !== '');
  const bars = Object.entries(SCAN_BARS).map(([name, bar]) => {
    const of = speeds.get(name);
    const value = of === undefined || typeof of === 'string' ? Number.NaN : of.get('mixed');
    const text = `${name}, mixed text: ${speedText(value)} MB/s`;
    return (value ?? Number.NaN) >= bar ? `- ${text} ≥ ${bar}` : `- **${text} < ${bar}**`;
  });
  return [table(['MB per second of CPU', ...kinds], rows), [...bars, ...absent].join('\n')].join(
    '\n\n',
  );
}

function speedText(value: number | undefined): string {
  if (value === undefined) return '';
  return value.toFixed(value < 10 ? 1 : 0);
}

function byKind(
  texts: ReadonlyMap<TextKind, string>,
  speed: (text: string) => number,
): ReadonlyMap<TextKind, number> {
  return new Map(Array.from(texts, ([kind, text]) => [kind, speed(text)]));
}

function expressionSpeed(expressions: readonly RegExp[], text: string, seconds: number): number {
  return perSecond(text, seconds, (block) => {
    for (const expression of expressions) {
      // One after the other, as they would have to be replaced.
      for (const _ of block.matchAll(expression));
    }
  });
}

/** Megabytes of a text per second of CPU, after as long again to warm up. */
function perSecond(text: string, seconds: number, search: (block: string) => void): number {
  const blocks = text.match(new RegExp(`[^]{1,${BLOCK_LENGTH}}`, 'g')) ?? [];
  const rounds = () => {
    const before = process.cpuUsage();
    for (let [count, spent] = [1, 0]; ; count += 1) {
      for (const block of blocks) search(block);
      const { user, system } = process.cpuUsage(before);
      spent = (user + system) / 1e6;
      if (spent >= seconds) return (Buffer.byteLength(text) * count) / spent / 1e6;
    }
  };
  rounds();
  return rounds();
}

/** Compiles a program of this folder and runs it on every text. */
function compiled(
  source: string,
  [compiler = '', ...options]: readonly string[],
  texts: ReadonlyMap<TextKind, string>,
  seconds: number,
): Speeds {
  const folder = mkdtempSync(join(tmpdir(), 'llmp-scanners-'));
  try {
    const program = join(folder, 'scanner');
    const path = fileURLToPath(new URL(source, import.meta.url));
    try {
      const words = ['-O2', '-o', program, path, ...options];
      execFileSync(compiler, words, { stdio: 'pipe' });
    } catch {
      return `${compiler} does not compile ${source}: its library is not installed`;
    }
    const patterns = join(folder, 'patterns');
    writeFileSync(patterns, PATTERNS.join('\n'));
    return byKind(texts, (text) => {
      const file = join(folder, 'text');
      writeFileSync(file, text);
      const words = [patterns, file, String(BLOCK_LENGTH), String(seconds)];
      const [speed] = execFileSync(program, words, { encoding: 'utf8' }).split(' ');
      return Number(speed);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
