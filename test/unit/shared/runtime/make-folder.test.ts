import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from '../../../../shared/runtime/make-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmp-make-folder-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const at = (name: string) => join(folder, name);
const modeOf = (name: string) => (statSync(at(name)).mode & 0o777).toString(8);

describe('a folder that a process needs', () => {
  it('is made with all that are missing above it, for its owner alone', () => {
    makeFolder(at('a/b/c'));
    expect(['a', 'a/b', 'a/b/c'].map(modeOf)).toEqual(['700', '700', '700']);
  });

  it('is made under any writing of its path', () => {
    makeFolder(at('a//b/./c/../d/'));
    expect(statSync(at('a/b/d')).isDirectory()).toBe(true);
  });

  it('stays as it is where it exists, also behind a link', () => {
    mkdirSync(at('there'));
    chmodSync(at('there'), 0o750);
    symlinkSync(at('there'), at('link'));
    makeFolder(at('there'));
    makeFolder(at('link'));
    makeFolder(at('link/inside'));
    makeFolder('/');
    expect([modeOf('there'), modeOf('there/inside')]).toEqual(['750', '700']);
  });

  it.each([
    ['a file', 'file', 'EEXIST'],
    ['below a file', 'file/a/b', 'ENOTDIR'],
    ['a link to nothing', 'dangling', 'EEXIST'],
    ['below a link to nothing', 'dangling/a', 'EEXIST'],
  ])('is refused where it is %s', (_, name, code) => {
    writeFileSync(at('file'), '');
    symlinkSync(at('missing'), at('dangling'));
    expect(() => makeFolder(at(name))).toThrow(expect.objectContaining({ code }));
  });

  it.each(['/proc/llmp', '/proc/llmp/a/b', '/proc/self/llmp', '/dev/null/a'])(
    'is refused at %s, where none can be made',
    (path) => {
      expect(() => makeFolder(path)).toThrow(/^E(NOENT|NOTDIR|ACCES)\b/);
    },
  );
});
