import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readIsolated, permissionFlags } from '../../../../services/rag/read/read-isolated.ts';
import { resultBytes, resultFrom } from '../../../../services/rag/read/reading-task.ts';
import { limits } from '../../../../shared/limits.ts';
import { linesOf, pdfOf } from '../../../kit/documents.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';

const task = { kind: 'pdf', limits: limits.documents } as const;
const file = pdfOf([linesOf('Hello')]);

function codeOf(program: string): string {
  const report = `try { ${program} } catch (error) { process.stdout.write(String(error.code)) }`;
  return spawnSync(process.execPath, [...permissionFlags(), '-e', report], { encoding: 'utf8' })
    .stdout;
}

describe('the reading process', () => {
  test.each([
    ['read other files', `fs.readFileSync(${JSON.stringify(fileURLToPath(import.meta.url))})`],
    ['write files', `fs.writeFileSync(os.tmpdir() + '/a-document', 'a')`],
    ['start processes', `child_process.spawnSync(process.execPath)`],
  ])('may not %s', (_, program) => {
    expect(codeOf(program)).toBe('ERR_ACCESS_DENIED');
  });

  test('may read its own program', () => {
    const program = fileURLToPath(
      new URL('../../../../services/rag/read/reading-process.ts', import.meta.url),
    );
    expect(codeOf(`fs.readFileSync(${JSON.stringify(program)})`)).toBe('');
  });
});

describe('readIsolated', () => {
  test('leaves no timer behind', async () => {
    const clock = createFakeClock();
    const read = await readIsolated(task, file, clock, new AbortController().signal);
    expect(read.markdown).toBe('Hello');
    expect(clock.pending).toBe(0);
  });

  test('starts nothing for an aborted caller', async () => {
    const clock = createFakeClock();
    const signal = AbortSignal.abort(new Error('aborted'));
    await expect(readIsolated(task, file, clock, signal)).rejects.toThrow('aborted');
    expect(clock.pending).toBe(0);
  });
});

describe('resultFrom', () => {
  test('round-trips through resultBytes', () => {
    const result = { title: 'A "title"\n', markdown: '# Grüße\n\nwords' };
    expect(resultFrom(resultBytes(result))).toEqual(result);
    expect(resultFrom(resultBytes({ refused: 'scanned' }))).toEqual({ refused: 'scanned' });
  });

  test.each(['', 'words', '\n', 'null\nwords', '{"refused":"the moon"}\n'])(
    'rejects the result %j',
    (bytes) => {
      expect(resultFrom(Buffer.from(bytes))).toBeUndefined();
    },
  );
});
