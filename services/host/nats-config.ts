// Writes what a broker and the processes of a split gateway need to know each other: users, passwords and
// permissions for `nats-server -c`, and a password file for each kind of process.

import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { natsServerConfig, natsUserOf, type Hosted } from '../../shared/bus/nats-users.ts';
import { makeFolder } from '../../shared/runtime/make-folder.ts';
import { HOSTED } from '../config/settings.ts';

export interface NatsConfigOptions {
  /** Created if it is missing. */
  readonly directory: string;
  /** The workers of each kind of process. */
  readonly processes: readonly (readonly Hosted[])[];
  /** Where the broker listens. */
  readonly listen: string;
  /** Replaces the passwords of an earlier call. */
  readonly rotates: boolean;
}

export interface NatsConfig {
  /** For `nats-server -c`. */
  readonly path: string;
  readonly users: readonly NatsUser[];
}

export interface NatsUser {
  readonly user: string;
  readonly workers: readonly Hosted[];
  /** For `NATS_PASSWORD_FILE`. */
  readonly passwordFile: string;
}

/** The workers of the quick start: the scrubber hosts what the same body goes through. */
export const USUAL_PROCESSES: readonly (readonly Hosted[])[] = [
  ['ingress'],
  ['scrubber', 'policy', 'rag'],
  ['upstream'],
];

/**
 * Reads the workers of processes, as `scrubber,policy rag`; their order does not matter.
 * @throws Error that says what is wrong
 */
export function readProcesses(groups: readonly string[]): readonly (readonly Hosted[])[] {
  if (groups.length === 0) return USUAL_PROCESSES;
  const processes = groups.map((group) => {
    const names = group.split(',');
    const unknown = names.find((name) => !HOSTED.some((worker) => worker === name));
    if (unknown !== undefined) {
      const known = HOSTED.join(', ');
      throw new Error(`${JSON.stringify(unknown)} is not a worker; workers are ${known}`);
    }
    return HOSTED.filter((worker) => names.includes(worker));
  });
  const missing = HOSTED.find((worker) => !processes.some((workers) => workers.includes(worker)));
  if (missing !== undefined) throw new Error(`no process hosts ${missing}`);
  return [...new Map(processes.map((workers) => [natsUserOf(workers), workers])).values()];
}

/** Writes the files, which only their owner can read. Passwords stay the same unless they are rotated. */
export function writeNatsConfig(options: NatsConfigOptions): NatsConfig {
  const { directory, processes, listen, rotates } = options;
  makeFolder(directory);
  const logins = processes.map((workers) => {
    const user = natsUserOf(workers);
    const passwordFile = join(directory, `${user}.password`);
    const saved = rotates ? undefined : readIfExists(passwordFile)?.trim();
    const password = saved || randomBytes(24).toString('base64url');
    writeAtomically(passwordFile, `${password}\n`);
    return { user, workers, passwordFile, password };
  });
  const path = join(directory, 'nats-server.conf');
  writeAtomically(path, natsServerConfig(listen, logins));
  return {
    path,
    users: logins.map(({ user, workers, passwordFile }) => ({ user, workers, passwordFile })),
  };
}

export interface StartCommandOptions {
  readonly listen: string;
  /** The folder in which they run. */
  readonly from: string;
  /** Starts llmp: `npm start --`. */
  readonly start: string;
}

/** Commands that start the broker and every process on this machine. */
export function startCommands(
  { path, users }: NatsConfig,
  { listen, from, start }: StartCommandOptions,
): readonly string[] {
  let healthPort = 8081;
  const quoted = (file: string) => quotedPath(relative(from, file));
  const starts = users.map(({ user, workers, passwordFile }) => {
    const login = `NATS_URL=nats://${listen} NATS_USER=${user} NATS_PASSWORD_FILE=${quoted(passwordFile)}`;
    const health = workers.includes('ingress') ? '' : ` LLMP_HEALTH_PORT=${healthPort++}`;
    return `${login}${health} ${start} ${workers.join(' ')}`;
  });
  return [`nats-server -c ${quoted(path)}`, ...starts];
}

function quotedPath(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function writeAtomically(path: string, text: string): void {
  const draft = `${path}.${process.pid}`;
  rmSync(draft, { force: true });
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
  renameSync(draft, path);
}

function readIfExists(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
