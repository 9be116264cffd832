// Generates the passwords of a compose deployment once, saves them in one file, and writes each service
// its own folder, so no container can read the password of another.

import { hash, randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { makeFolder } from '../../../shared/runtime/make-folder.ts';
import { HOSTED } from '../../config/settings.ts';

/** Redis keys that each user may access: those of shared/store/redis-keys.ts. */
const REDIS_KEYS = {
  ingress: ['~llmp:*', '~{llmp}:queue:*'],
  rag: ['~{llmp}:queue:*', '~llmp:{collections}:*', '~llmp:augmentation:*'],
  upstream: ['~llmp:response:*'],
} as const;

/** Commands of the store and queue clients; none that inspects or configures the server. */
const REDIS_COMMANDS = [
  '+@read',
  '+@write',
  '+@connection',
  '+@transaction',
  '+@scripting',
  '+time',
  '-@dangerous',
  '+info',
  // What clients of a cluster ask first.
  '+cluster|slots',
  '+cluster|shards',
  '+cluster|nodes',
  '+cluster|info',
  '+cluster|myid',
];

const password = z.string().regex(/^[\w-]{8,200}$/);
const secretsSchema = z.strictObject({
  nats: z.record(z.enum(HOSTED), password),
  redis: z.record(z.enum(['ingress', 'rag', 'upstream']), password),
  postgres: password,
});
type ComposeSecrets = z.infer<typeof secretsSchema>;

export interface SecretsOptions {
  /** Has one folder for each service, and `kept` for the file with all passwords. */
  readonly root: string;
  /** The shipped configuration of the broker. */
  readonly natsConfig: string;
  /** For a database that already has a password. */
  readonly postgresPassword?: string | undefined;
  /** Generates new passwords for NATS and Redis. That of Postgres is stored in its database, so it stays. */
  readonly rotate?: boolean;
}

/** @throws Error when a folder cannot be written or the saved passwords are damaged */
export function ensureSecrets(options: SecretsOptions): void {
  const { root, natsConfig, postgresPassword, rotate = false } = options;
  const path = join(root, 'kept', 'secrets.json');
  const saved = readSaved(path);
  const current = rotate || !saved ? generateSecrets() : saved;
  const postgres = postgresPassword ?? saved?.postgres ?? current.postgres;
  const secrets = { ...current, postgres };
  writeAtomically(path, JSON.stringify(secretsSchema.parse(secrets)));
  for (const [file, text] of filesOf(secrets, natsConfig)) writeAtomically(join(root, file), text);
}

/** All files by their path below the root. */
function filesOf(secrets: ComposeSecrets, natsConfig: string): [path: string, text: string][] {
  const passwords = HOSTED.map(
    (worker) => `NATS_PASSWORD_${worker.toUpperCase()}: "${secrets.nats[worker]}"\n`,
  );
  const users = Object.entries(REDIS_KEYS).map(
    ([user, keys]) =>
      `user ${user} on #${hash('sha256', secrets.redis[user as keyof typeof REDIS_KEYS])} resetchannels ${[...keys, ...REDIS_COMMANDS].join(' ')}\n`,
  );
  return [
    ...HOSTED.map((worker): [string, string] => [`${worker}/nats-password`, secrets.nats[worker]]),
    ...Object.entries(secrets.redis).map(([user, text]): [string, string] => [
      `${user}/redis-password`,
      text,
    ]),
    ['rag/pgpass', `postgres:5432:*:llmp:${secrets.postgres}\n`],
    ['postgres/password', secrets.postgres],
    // The server reads `$NATS_PASSWORD_…` from this file first. Its monitoring port is local only.
    ['nats/nats-server.conf', `http: "127.0.0.1:8222"\n${passwords.join('')}\n${natsConfig}`],
    [
      'redis/users.acl',
      // Redis replays its append-only file as the user `default`, which therefore needs all rights and
      // gets a random password. The health check may only PING.
      `user default on #${hash('sha256', randomBytes(32))} ~* &* +@all\n` +
        `user health on nopass resetchannels +ping\n${users.join('')}`,
    ],
  ];
}

function generatePassword(): string {
  return randomBytes(24).toString('base64url');
}

function generateSecrets(): ComposeSecrets {
  return {
    nats: {
      ingress: generatePassword(),
      scrubber: generatePassword(),
      policy: generatePassword(),
      rag: generatePassword(),
      upstream: generatePassword(),
    },
    redis: { ingress: generatePassword(), rag: generatePassword(), upstream: generatePassword() },
    postgres: generatePassword(),
  };
}

function readSaved(path: string): ComposeSecrets | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  // A damaged file throws: a new password would not match the one stored in the database.
  return secretsSchema.parse(JSON.parse(text));
}

/** Servers run as other users than llmp, and each folder is mounted into one container only. */
const SERVER_MODES: Readonly<Record<string, number>> = {
  nats: 0o644,
  redis: 0o644,
  postgres: 0o644,
};

function writeAtomically(path: string, text: string): void {
  const folder = join(path, '..');
  makeFolder(folder, 0o755);
  const draft = `${path}.draft`;
  rmSync(draft, { force: true });
  const service = folder.slice(folder.lastIndexOf('/') + 1);
  writeFileSync(draft, text, { mode: SERVER_MODES[service] ?? 0o600 });
  renameSync(draft, path);
}
