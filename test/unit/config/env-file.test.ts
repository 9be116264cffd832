import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../../services/config/config.ts';
import { loadEnvFile, readEnvText } from '../../../services/config/env-file.ts';
import { checkProperty } from '../../kit/properties.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmp-env-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const valuesOf = (text: string) => Object.fromEntries(readEnvText(text).values);

/** What `.env` with this text makes of an environment. */
function loaded(text: string, env: Record<string, string> = {}) {
  writeFileSync(join(folder, '.env'), text);
  loadEnvFile(env, folder);
  return env;
}

function issuesOf(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  return [];
}

describe('a line of .env', () => {
  it.each([
    ['A=1', { A: '1' }],
    ['export A=1', { A: '1' }],
    ['  export  A = 1  ', { A: '1' }],
    ['A=', { A: '' }],
    ['A=# nothing', { A: '' }],
    ['A=1 # a comment', { A: '1' }],
    ['# A=1', {}],
    ["A='1 # 2'", { A: '1 # 2' }],
    ['A="1 # 2" # a "comment"', { A: '1 # 2' }],
    ['A="one\\ntwo"', { A: 'one\ntwo' }],
    ["A='one\\ntwo'", { A: 'one\\ntwo' }],
    ['A=`it\'s "so"`', { A: 'it\'s "so"' }],
    ['A=pa$$word$HOME', { A: 'pa$$word$HOME' }],
    ['A=a=b==', { A: 'a=b==' }],
    ['A=it"s', { A: 'it"s' }],
    ['A="-----BEGIN\nx\n-----END"\nB=2', { A: '-----BEGIN\nx\n-----END', B: '2' }],
    ['\uFEFFA=1\r\n\r\nB="x\r\ny"\r\n', { A: '1', B: 'x\ny' }],
    ['A=1\nA=2', { A: '2' }],
  ])('%j gives %j', (text, expected) => {
    expect(readEnvText(text).issues).toEqual([]);
    expect(valuesOf(text)).toEqual(expected);
  });

  it.each([
    ['LLMP_PORT 8080', 1, 'must be NAME=value'],
    ['A=1\n\nLLMP_PORT: 8080', 3, 'must be NAME=value'],
    ['1A=2', 1, 'must be NAME=value'],
    ['A B=2', 1, 'must be NAME=value'],
    ['A=1\nB="x\nC=2', 2, 'B has a quote that is not closed'],
    ["A='it's'", 1, 'A has text after its closing quote'],
    ['A="x"\\', 1, 'A has text after its closing quote'],
    ['A="say \\"x\\""', 1, 'A has a quote inside of quotes: put the value into single quotes'],
    ['A="1\n2"\nB', 3, 'must be NAME=value'],
    [
      'A=pass#word',
      1,
      'A has a # in its value: put the value into quotes, or a space before the comment',
    ],
  ])('%j is refused with its number', (text, line, message) => {
    expect(readEnvText(text).issues).toEqual([{ line, message }]);
  });

  it('is read as Node reads it, or refused', () => {
    const character = fc.constantFrom(...Array.from('AB=#"\'` \n\\x$'));
    checkProperty(
      fc.property(fc.string({ unit: character, maxLength: 24 }), (text) => {
        const { values, issues } = readEnvText(text);
        const asNode = { ...parseEnv(text) };
        expect(issues.length > 0 ? asNode : Object.fromEntries(values)).toEqual(asNode);
      }),
    );
  });
});

describe('.env in the working directory', () => {
  it('gives way to the environment, also to an empty variable', () => {
    const env = { LLMP_PORT: '9', ANTHROPIC_API_KEY: '' };
    expect(loaded('LLMP_PORT=8\nANTHROPIC_API_KEY=x\nLLMP_HOST=::1', env)).toEqual({
      LLMP_PORT: '9',
      ANTHROPIC_API_KEY: '',
      LLMP_HOST: '::1',
    });
  });

  it('need not be there', () => {
    expect(loadEnvFile({}, folder)).toBeUndefined();
  });

  it('may have the variables of Docker Compose', () => {
    const env = loaded('LLMP_PUBLISH=1\nPOSTGRES_PASSWORD=x\nCOMPOSE_PROFILES=names\nLLMP_PORT=0');
    expect(readConfig(env, []).http.port).toBe(0);
  });

  it('is named by issues of its settings, and the environment is not', () => {
    writeFileSync(join(folder, '.env'), 'LLMP_PORT=x\nLLMP_HOSTT=y\nREDIS_URI=redis://a\n');
    const env: Record<string, string> = { LLMP_DRAIN_MS: 'z' };
    const file = loadEnvFile(env, folder);
    expect(issuesOf(() => readConfig(env, [], file))).toEqual([
      `LLMP_HOSTT in ${folder}/.env: there is no such setting; did you mean LLMP_HOST?`,
      `LLMP_PORT in ${folder}/.env: must be a whole number from 0 to 65535`,
      'LLMP_DRAIN_MS: must be a whole number from 1 to 2147483647',
    ]);
  });

  it('is refused with file and line when a line is broken, and shows no value', () => {
    expect(issuesOf(() => loaded('LLMP_PORT=1\nhunter2\nB="hunter2'))).toEqual([
      `${folder}/.env, line 2: must be NAME=value`,
      `${folder}/.env, line 3: B has a quote that is not closed`,
    ]);
  });

  it('is refused when it cannot be read', () => {
    mkdirSync(join(folder, '.env'));
    expect(issuesOf(() => loadEnvFile({}, folder))).toEqual([
      `${folder}/.env: cannot be read (EISDIR)`,
    ]);
  });
});
