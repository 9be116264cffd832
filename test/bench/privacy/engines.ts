// Detectors of sensitive data, ours and others that are installed, as functions from texts to ranges.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { buildDetection } from '../../../shared/privacy/detection.ts';
import type { Gold } from './corpus.ts';
import { inUtf16 } from './labelled.ts';

export interface Engine {
  readonly name: string;
  /** The ranges found in each text. */
  readonly find: (texts: readonly string[]) => readonly (readonly Gold[])[];
}

/** An engine, or why it cannot run here. */
export type Installed = Engine | { readonly name: string; readonly missing: string };

const REPORT = 'report.json';
const OUTPUT_BYTES_MAX = 1024 ** 3;

export function llmpEngine(rules: string | null): Engine {
  const { scanner } = buildDetection(rules);
  return { name: 'llmp', find: (texts) => texts.map((text) => scanner.scan(text)) };
}

export function otherEngines(): Installed[] {
  return [presidio(), gitleaks(), secretlint()];
}

const PRESIDIO = `
import json, sys
from presidio_analyzer import AnalyzerEngine
engine = AnalyzerEngine()
for line in sys.stdin:
    found = engine.analyze(text=json.loads(line), language="en", score_threshold=0.4)
    print(json.dumps([{"start": each.start, "end": each.end} for each in found]))
`;

const ranges = z.array(z.looseObject({ start: z.int(), end: z.int() }));

function presidio(): Installed {
  const name = 'Presidio (en, score from 0.4)';
  if (!runs('python3', ['-c', 'import presidio_analyzer'])) {
    return { name, missing: 'python3 has no presidio_analyzer' };
  }
  return {
    name,
    find(texts) {
      const input = texts.map((text) => `${JSON.stringify(text)}\n`).join('');
      const output = run(name, 'python3', ['-c', PRESIDIO], input);
      return output
        .trimEnd()
        .split('\n')
        .map((line, index) =>
          ranges.parse(JSON.parse(line)).map((range) => inUtf16(texts[index] ?? '', range)),
        );
    },
  };
}

const leaks = z.array(
  z.looseObject({ File: z.string(), StartLine: z.int(), Match: z.string(), Secret: z.string() }),
);

function gitleaks(): Installed {
  const name = 'gitleaks';
  if (!runs('gitleaks', ['version'])) return { name, missing: 'no gitleaks in PATH' };
  return {
    name,
    find: (texts) =>
      inFiles(texts, (folder) => {
        const report = join(folder, REPORT);
        const options = ['--report-format', 'json', '--report-path', report, '--exit-code', '0'];
        run(name, 'gitleaks', ['dir', folder, '--no-banner', ...options]);
        return leaks.parse(reportAt(report, name)).map(({ File, StartLine, Match, Secret }) => {
          const file = basename(File);
          const text = readFileSync(join(folder, file), 'utf8');
          const match = Math.max(0, text.indexOf(Match, lineStart(text, StartLine)));
          const start = Math.max(0, text.indexOf(Secret, match));
          return { file, start, end: start + Secret.length };
        });
      }),
  };
}

const reports = z.array(
  z.looseObject({
    filePath: z.string(),
    messages: z.array(z.looseObject({ range: z.tuple([z.int(), z.int()]) })),
  }),
);

function secretlint(): Installed {
  const name = 'secretlint (recommended rules)';
  if (!runs('secretlint', ['--version'])) return { name, missing: 'no secretlint in PATH' };
  return {
    name,
    find: (texts) =>
      inFiles(texts, (folder) => {
        const rules = join(folder, '.secretlintrc.json');
        const preset = '@secretlint/secretlint-rule-preset-recommend';
        writeFileSync(rules, JSON.stringify({ rules: [{ id: preset }] }));
        const report = join(folder, REPORT);
        const options = ['--format', 'json', '--secretlintrc', rules, '--output', report];
        run(name, 'secretlint', [...options, `${folder}/*.txt`]);
        return reports
          .parse(reportAt(report, name))
          .flatMap(({ filePath, messages }) =>
            messages.map(({ range: [start, end] }) => ({ file: basename(filePath), start, end })),
          );
      }),
  };
}

interface InFile extends Gold {
  readonly file: string;
}

/** Writes each text into a file of its own, for engines that read files. */
function inFiles(
  texts: readonly string[],
  find: (folder: string) => readonly InFile[],
): readonly (readonly Gold[])[] {
  const folder = mkdtempSync(join(tmpdir(), 'llmp-yardstick-'));
  try {
    for (const [index, text] of texts.entries()) writeFileSync(join(folder, `${index}.txt`), text);
    const byFile = Map.groupBy(find(folder), ({ file }) => file);
    return texts.map((_text, index) => byFile.get(`${index}.txt`) ?? []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function lineStart(text: string, line: number): number {
  let start = 0;
  for (let at = 1; at < line; at += 1) start = text.indexOf('\n', start) + 1;
  return start;
}

function runs(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** Standard output. An engine that found something may end with 1; its error may quote what it read. */
function run(name: string, command: string, args: readonly string[], input = ''): string {
  const { status, error, stdout } = spawnSync(command, args, {
    input,
    encoding: 'utf8',
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  if (error || (status !== 0 && status !== 1)) {
    throw new Error(`${name} failed: ${error?.message ?? `exit code ${status}`}`);
  }
  return stdout;
}

function reportAt(path: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new Error(`${name} failed: no report`);
  }
}
