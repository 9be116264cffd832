import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CommandSpec } from '../command-spec.ts';
import { commentedSettings } from '../../config/commented-settings.ts';
import { UsageError } from '../usage-error.ts';

export const initCommand: CommandSpec = {
  name: 'init',
  summary: 'Write a commented .env with every setting, which llmp then reads.',
  details:
    'Every setting is there with its default, as a comment. An admin token is generated, so that ' +
    '--url works. Only you can read the file.',
  options: [
    { flags: '--force', description: 'overwrite a .env that is there' },
    { flags: '--upstream-key <key>', description: 'set ANTHROPIC_API_KEY to this' },
  ],
  examples: ['llmp init', 'llmp init --upstream-key "$ANTHROPIC_API_KEY"'],
  async run({ options, out, world }) {
    const path = resolve(world.cwd, '.env');
    const key = options.text('upstream-key');
    if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) {
      throw new UsageError('--upstream-key must be printable ASCII without spaces');
    }
    const text = commentedSettings({
      LLMP_ADMIN_TOKEN: randomBytes(24).toString('hex'),
      ...(key === undefined ? {} : { ANTHROPIC_API_KEY: key }),
    });
    const flag = options.has('force') ? 'w' : 'wx';
    await writeFile(path, text, { flag, mode: 0o600 }).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      throw new UsageError(`${path} exists already; --force overwrites it`);
    });
    if (out.isJson) out.json({ path });
    else out.line(path);
    out.note('Change the settings you need, then run llmp doctor and llmp start in this folder.');
  },
};
