import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../../shared/store/embedded-database.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmp-database-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const modes = () =>
  Object.fromEntries(
    readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777]),
  );
const PRIVATE = { 'a.db': 0o600, 'a.db-wal': 0o600, 'a.db-shm': 0o600 };

describe('a database', () => {
  it('is readable by its owner alone, with its log and shared memory', () => {
    using database = openDatabase(join(folder, 'a.db'));
    database.exec('CREATE TABLE a (b)');
    expect(modes()).toEqual(PRIVATE);
  });

  it('becomes so when an earlier version left it open to others', () => {
    const path = join(folder, 'a.db');
    using database = openDatabase(path);
    database.exec('CREATE TABLE a (b)');
    for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o644);
    using again = openDatabase(path);
    expect(again.prepare('SELECT count(*) AS n FROM a').get()).toMatchObject({ n: 0 });
    expect(modes()).toEqual(PRIVATE);
  });

  it('keeps its locks while another connection of the process opens it', () => {
    const path = join(folder, 'a.db');
    using database = openDatabase(path);
    database.exec('CREATE TABLE a (b); BEGIN IMMEDIATE; INSERT INTO a VALUES (1)');
    chmodSync(path, 0o644);
    using other = openDatabase(path, 20);
    expect(() => other.exec('INSERT INTO a VALUES (2)')).toThrow(/locked/);
    database.exec('COMMIT');
  });
});
