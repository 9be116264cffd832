import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../../services/cli/bin.mjs', import.meta.url));

/** Lets the program believe that an older Node runs it. */
const OLD_NODE = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '20.20.2' } })`;

describe('the program of the npm package', () => {
  it('says which Node it needs on an older one', () => {
    const { status, stderr } = spawnSync(process.execPath, ['--import', OLD_NODE, PROGRAM], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('llmp needs Node 24 or newer, and this is 20.20.2.\n');
    expect(status).toBe(1);
  });
});
