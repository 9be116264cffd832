import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteIndex } from '../../../../services/rag/passage-index/sqlite.ts';
import { OPEN_FILES_MAX } from '../../../../services/rag/passage-index/sqlite-files.ts';
import { documentOf, idsOf, passageOf } from '../../../kit/passages.ts';

const never = new AbortController().signal;

describe('the index in SQLite files', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'llmp-index-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('has one file per collection, and none for one that is only searched', async () => {
    await using index = openSqliteIndex(directory);
    await index.searchWords('searched', 'apple', 10, never);
    await index.replace(documentOf('a', 'hand-book_1'), [passageOf('apple')]);
    await index.replace(documentOf('a', '../up'), [passageOf('apple')]);
    const files = readdirSync(directory).filter((name) => name.endsWith('.db'));
    expect(files.toSorted()).toEqual([
      'hand-book_1.db',
      expect.stringMatching(/^~[0-9a-f]{40}\.db$/),
    ]);
  });

  it('finds documents of an earlier process', async () => {
    const vector = Float32Array.of(1, 2);
    {
      await using index = openSqliteIndex(directory);
      await index.replace(documentOf('a', 'c'), [passageOf('apple', { vector })]);
    }
    await using index = openSqliteIndex(directory);
    expect(idsOf(await index.searchWords('c', 'apples', 10, never))).toEqual(['a']);
    const found = await index.searchVectors('c', { vector, question: '' }, 10, never);
    expect(idsOf(found)).toEqual(['a']);
  });

  it('rejects a file of another layout with advice', async () => {
    {
      using database = new DatabaseSync(join(directory, 'old.db'));
      database.exec('PRAGMA user_version = 1');
    }
    await using index = openSqliteIndex(directory);
    const advice = /old\.db has layout 1.*index its documents again/;
    await expect(index.searchWords('old', 'apple', 10, never)).rejects.toThrow(advice);
    await expect(index.replace(documentOf('a', 'old'), [])).rejects.toThrow(advice);
    await index.replace(documentOf('a', 'new'), [passageOf('apple')]);
    expect(idsOf(await index.searchWords('new', 'apple', 10, never))).toEqual(['a']);
  });

  it('serves more collections than it keeps open files', async () => {
    await using index = openSqliteIndex(directory);
    const names = Array.from({ length: OPEN_FILES_MAX + 5 }, (_, at) => `c${at}`);
    const vector = Float32Array.of(1, 2);
    for (const name of names)
      await index.replace(documentOf(name, name), [passageOf('apple', { vector })]);
    for (const name of [...names, ...names]) {
      expect(idsOf(await index.searchWords(name, 'apple', 10, never))).toEqual([name]);
      const near = await index.searchVectors(name, { vector, question: '' }, 10, never);
      expect(idsOf(near)).toEqual([name]);
    }
  });

  it.each(['remove', 'drop'] as const)('keeps nothing of deleted documents: %s', async (how) => {
    await using index = openSqliteIndex(directory);
    const filler = Array.from({ length: 50 }, (_, at) => passageOf(`filler ${at}`));
    await index.replace(documentOf('b', 'c'), filler);
    await index.replace(documentOf('a', 'c'), [passageOf('ornithopter'), ...filler]);
    expect(bytesIn(directory)).toContain('ornithopt');
    if (how === 'remove') await index.remove('c', 'a');
    else await index.drop('c');
    expect(bytesIn(directory)).not.toContain('ornithopt');
  });

  it('rejects calls after it is closed', async () => {
    const index = openSqliteIndex(directory);
    const written = index.replace(documentOf('a', 'c'), [passageOf('apple')]);
    await index[Symbol.asyncDispose]();
    await written;
    expect(await index.ready()).toBe(false);
    await expect(index.searchWords('c', 'apple', 10, never)).rejects.toThrow('closed');
  });
});

/** The bytes of all files in a folder. */
function bytesIn(directory: string): string {
  return readdirSync(directory)
    .map((name) => readFileSync(join(directory, name), 'latin1'))
    .join();
}
