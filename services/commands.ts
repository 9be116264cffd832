// The words of the command line for keys, made into calls of the register and lines of text. A new
// secret stands alone on standard output, so that it can be piped; all else about it is a note.

import { parseArgs } from 'node:util';
import type { KeyRegister, KeyView, NewKeyView } from './keys/key-register.ts';

export interface Output {
  readonly line: (text: string) => void;
  readonly note: (text: string) => void;
}

export const USAGE = `usage: npm run llmp -- keys <command>
  create --name NAME [--team TEAM] [--models A,B] [--expires 30d]
  list [--limit N] [--after ID]
  revoke ID
  rotate ID [--overlap 1h] [--expires 30d]`;

/** The line cannot be understood; its message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Runs the words after `llmp`. Rejects with UsageError, or with what the register refuses. */
export async function runKeyCommand(
  words: readonly string[],
  register: KeyRegister,
  { line, note }: Output,
): Promise<void> {
  const { options, command, id } = readLine(words);
  const { name, team, models, limit, after, overlap, expires } = options;
  const expiry = given({ expires_in: expires });
  if (command === 'create') {
    const list = models?.split(',').map((model) => model.trim());
    showNew(await register.create({ ...given({ name, team, models: list }), ...expiry }));
  } else if (command === 'rotate') {
    showNew(await register.rotate(id, { ...given({ overlap }), ...expiry }));
    note(`The key ${id} is still accepted for ${overlap ?? '24h'}.`);
  } else if (command === 'revoke') {
    line(lineOf(await register.revoke(id)));
  } else {
    const page = await register.list(given({ limit, after }));
    line('id\tstatus\tname\tteam\tmodels\tcreated\texpires');
    for (const key of page.data) line(lineOf(key));
    if (page.has_more) note(`There are more: --after ${page.last_id ?? ''}`);
  }

  function showNew({ key, ...view }: NewKeyView): void {
    line(key);
    note(`This is shown only now. ${lineOf(view)}`);
  }
}

const OPTIONS = {
  create: ['name', 'team', 'models', 'expires'],
  list: ['limit', 'after'],
  revoke: [],
  rotate: ['overlap', 'expires'],
} as const;

function readLine(words: readonly string[]) {
  const { values: options, positionals } = parsed(words);
  const [subject, command, id, ...rest] = positionals;
  if (subject !== 'keys' || !isCommand(command)) throw new UsageError(USAGE);
  const needsId = command === 'revoke' || command === 'rotate';
  if (needsId !== (id !== undefined) || rest.length > 0) throw new UsageError(USAGE);
  const known: readonly string[] = OPTIONS[command];
  const stray = Object.keys(options).find((name) => !known.includes(name));
  if (stray !== undefined) throw new UsageError(`keys ${command} has no --${stray}\n${USAGE}`);
  return { options, command, id: id ?? '' };
}

function parsed(words: readonly string[]) {
  const text = { type: 'string' } as const;
  const options = { name: text, team: text, models: text, expires: text };
  const others = { limit: text, after: text, overlap: text };
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { ...options, ...others },
    });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : ''}\n${USAGE}`);
  }
}

function isCommand(word: string | undefined): word is keyof typeof OPTIONS {
  return word !== undefined && Object.hasOwn(OPTIONS, word);
}

/** Without what was not said, which the register would take for a wrong value. */
function given(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function lineOf({ id, status, name, team, models, created_at, expires_at }: KeyView): string {
  const columns = [id, status, name, team ?? '-', models?.join(',') ?? 'all', created_at];
  return [...columns, expires_at ?? 'never'].join('\t');
}
