// Global setup of the chaos suite: test files append rows to one file, printed as a table at the end. Test
// files do not share memory.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { tableOf, type Row } from './table.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** One JSON value per line: objects are rows; strings are printed below the table. */
    rowsFile: string;
  }
}

export default function setUp(project: TestProject): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-chaos-table-'));
  const rowsFile = join(directory, 'rows');
  writeFileSync(rowsFile, '');
  project.provide('rowsFile', rowsFile);
  return () => {
    const lines = readFileSync(rowsFile, 'utf8').trimEnd().split('\n');
    const entries = lines.filter(Boolean).map((line) => JSON.parse(line) as Row | string);
    const rows = entries.filter((entry) => typeof entry !== 'string');
    const remarks = entries.filter((entry) => typeof entry === 'string');
    process.stdout.write(`\n${tableOf(rows)}\n${remarks.map((text) => `${text}\n`).join('')}\n`);
    rmSync(directory, { recursive: true, force: true });
  };
}
