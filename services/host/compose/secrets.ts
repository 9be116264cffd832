// Passwords of a compose deployment: made once at random, kept in one file, and written for each service
// into a folder of its own, so that no container can read what another one logs in with.

import { hash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { HOSTED } from '../../config/settings.ts';

/** Services with a user in Redis, and the keys each may use: see shared/store/redis*.ts and shared/queue. */
const REDIS_KEYS = {
  ingress: ['~llmp:*'],
  rag: ['~llmp:queue:*', '~llmp:collection*', '~llmp:documents:*', '~llmp:injection:*'],
  upstream: ['~llmp:answer:*'],
} as const;

/** What a client of the store or the queue calls; nothing that looks at or changes the server. */
const REDIS_COMMANDS = [
  '+@read',
  '+@write',
  '+@connection',
  '+@transaction',
  '+@scripting',
  '-@dangerous',
  '+info',
];

const password = z.string().regex(/^[\w-]{8,200}$/);
const secretsSchema = z.strictObject({
  nats: z.record(z.enum(HOSTED), password),
  redis: z.record(z.enum(['ingress', 'rag', 'upstream']), password),
  postgres: password,
});
export type ComposeSecrets = z.infer<typeof secretsSchema>;

export interface SecretsOptions {
  /** Holds one folder for each service, and `kept`. */
  readonly root: string;
  /** The broker's configuration as it ships. */
  readonly natsConfig: string;
  /** In place of a random one, for a database that has one already. */
  readonly postgresPassword?: string | undefined;
  /** Makes new passwords for NATS and Redis. That of Postgres is kept in its database, so it stays. */
  readonly rotate?: boolean;
}

/** Makes what is missing and writes the files of all services. Throws when a folder cannot be written. */
export function provideSecrets(options: SecretsOptions): void {
  const { root, natsConfig, postgresPassword, rotate = false } = options;
  const path = join(root, 'kept', 'secrets.json');
  const kept = readKept(path);
  const made = rotate || !kept ? freshSecrets() : kept;
  const postgres = postgresPassword ?? kept?.postgres ?? made.postgres;
  const secrets = { ...made, postgres };
  writeWhole(path, JSON.stringify(secretsSchema.parse(secrets)));
  for (const [file, text] of filesOf(secrets, natsConfig)) writeWhole(join(root, file), text);
}

/** Every file by its path below the root. Exported for the test that shows who can read what. */
export function filesOf(
  secrets: ComposeSecrets,
  natsConfig: string,
): [path: string, text: string][] {
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
    // The server takes `$NATS_PASSWORD_…` from its own file first. Nobody else can ask for its state.
    ['nats/nats-server.conf', `http: "127.0.0.1:8222"\n${passwords.join('')}\n${natsConfig}`],
    [
      'redis/users.acl',
      // Redis reads its append-only file back as the user `default`, which so needs all rights; nobody
      // knows its password. The health check can say PING and nothing else.
      `user default on #${hash('sha256', randomBytes(32))} ~* &* +@all\n` +
        `user health on nopass resetchannels +ping\n${users.join('')}`,
    ],
  ];
}

function fresh(): string {
  return randomBytes(24).toString('base64url');
}

function freshSecrets(): ComposeSecrets {
  return {
    nats: {
      ingress: fresh(),
      scrubber: fresh(),
      policy: fresh(),
      rag: fresh(),
      upstream: fresh(),
    },
    redis: { ingress: fresh(), rag: fresh(), upstream: fresh() },
    postgres: fresh(),
  };
}

function readKept(path: string): ComposeSecrets | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  // A damaged file stops the start: new passwords would lock out a database that has the old one.
  return secretsSchema.parse(JSON.parse(text));
}

const READERS: Readonly<Record<string, number>> = { nats: 0o644, redis: 0o644, postgres: 0o644 };

/** The folder is mounted into one container alone; servers read it as users of their own. */
function writeWhole(path: string, text: string): void {
  const folder = join(path, '..');
  mkdirSync(folder, { recursive: true });
  const draft = `${path}.draft`;
  rmSync(draft, { force: true });
  const service = folder.slice(folder.lastIndexOf('/') + 1);
  writeFileSync(draft, text, { mode: READERS[service] ?? 0o600 });
  renameSync(draft, path);
}
