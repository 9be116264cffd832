// Other gateways, where they are installed: found by a variable such as BENCH_PORTKEY, in the folder of
// `peers=FOLDER`, or on PATH, and started with a configuration of their own.

import { existsSync, globSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastingPort } from '../../kit/lasting-port.ts';
import type { Candidate } from '../candidates.ts';
import { ready, startProgram } from '../processes.ts';
import { agentgateway } from './agentgateway.ts';
import { litellm } from './litellm.ts';
import { portkey } from './portkey.ts';

export interface PeerProgram {
  /** Its name on PATH. */
  readonly program: string;
  /** Where packages put it, in a folder. */
  readonly files: readonly string[];
  /** Whether a program of that name is the one. */
  readonly isProgram?: (path: string) => boolean;
  /** Answers with 200 once requests are; the port alone by default. */
  readonly readyPath?: string;
  readonly commandOf: (start: PeerStart) => PeerCommand | Promise<PeerCommand>;
}

export interface PeerStart {
  readonly program: string;
  /** For its configuration; deleted at the end. */
  readonly folder: string;
  readonly port: number;
  readonly upstreamUrl: string;
  /** Whether it looks for personal data. */
  readonly isGuarded: boolean;
}

export interface PeerCommand {
  readonly command: readonly [program: string, ...words: string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** Of each request. */
  readonly headers?: Readonly<Record<string, string>>;
}

const PROGRAMS = { agentgateway, portkey, litellm } as const;
type ProgramName = keyof typeof PROGRAMS;

/** Peers without a guard, and with one. */
export const PEERS = {
  agentgateway: { of: 'agentgateway', isGuarded: false },
  'agentgateway-guarded': { of: 'agentgateway', isGuarded: true },
  portkey: { of: 'portkey', isGuarded: false },
  'portkey-guarded': { of: 'portkey', isGuarded: true },
  litellm: { of: 'litellm', isGuarded: false },
  'litellm-guarded': { of: 'litellm', isGuarded: true },
} as const satisfies Record<string, { of: ProgramName; isGuarded: boolean }>;
export type PeerName = keyof typeof PEERS;
export const PEER_NAMES = Object.keys(PEERS) as PeerName[];

/** Where to look for peers. */
export interface Places {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder?: string | undefined;
}

/** The path of a peer's program. */
export function findPeer(name: PeerName, places: Places): string | undefined {
  const { of } = PEERS[name];
  const { program, files, isProgram = () => true }: PeerProgram = PROGRAMS[of];
  const variable = `BENCH_${of.toUpperCase()}`;
  const named = places.env[variable];
  if (named) {
    if (!existsSync(named)) throw new Error(`${variable}: there is no file ${named}`);
    return named;
  }
  const inFolder = [program, `bin/${program}`, ...files].flatMap((file) => [file, `*/${file}`]);
  const found = places.folder === undefined ? [] : globSync(inFolder, { cwd: places.folder });
  const onPath = (places.env['PATH'] ?? '').split(':').map((folder) => join(folder, program));
  return [...found.map((file) => join(places.folder ?? '', file)), ...onPath]
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
    .find((path) => isProgram(realpathSync(path)));
}

/** Starts a peer and waits until it takes requests. */
export async function startPeer(
  stack: AsyncDisposableStack,
  name: PeerName,
  upstreamUrl: string,
  places: Places,
): Promise<Candidate> {
  const { of, isGuarded } = PEERS[name];
  const peer: PeerProgram = PROGRAMS[of];
  const program = findPeer(name, places);
  if (program === undefined) throw new Error(`${of} is not installed`);
  const folder = mkdtempSync(join(tmpdir(), `llmp-bench-${of}-`));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const port = await lastingPort();
  const start = { program, folder, port, upstreamUrl, isGuarded };
  const { command, env = {}, headers = {} } = await peer.commandOf(start);
  const child = startProgram(stack, name, command, { env: { ...CONFINED, HOME: folder, ...env } });
  const url = `http://127.0.0.1:${port}`;
  await ready(`${url}${peer.readyPath ?? ''}`, [child.process], peer.readyPath === undefined);
  return {
    name,
    url,
    headers: { 'x-api-key': 'bench', 'anthropic-version': '2023-06-01', ...headers },
    processes: [child],
  };
}

/** Nothing that a peer wants from elsewhere is reached. */
const CONFINED = {
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  NO_PROXY: '127.0.0.1,localhost',
};
