// What is measured: two floors, llmp in several settings, and other gateways where they are installed. A
// candidate is a URL and the processes whose CPU counts.

import { LLMP_NAMES, missingForLlmp, startLlmp, type LlmpName } from './llmp.ts';
import {
  findPeer,
  PEER_NAMES,
  PEERS,
  startPeer,
  type PeerName,
  type Places,
} from './peers/peers.ts';
import { startServer, type Child } from './processes.ts';

export interface Candidate {
  readonly name: CandidateName | 'direct';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly processes: readonly Child[];
}

const FLOORS = ['pass-through', 'node-parse'] as const;
type FloorName = (typeof FLOORS)[number];
export type CandidateName = FloorName | LlmpName | PeerName;

export const CANDIDATES: readonly CandidateName[] = [...FLOORS, ...PEER_NAMES, ...LLMP_NAMES];

/** The least that a gateway costs that parses what it forwards. */
export const FLOOR = 'node-parse';
/** The settings of llmp that have bars: `npm start`, everything on, and compose. */
export const SETTINGS = ['llmp', 'llmp-full', 'llmp-nats-full'] as const;
export type SettingName = (typeof SETTINGS)[number];

export const DEFAULT_CANDIDATES: readonly CandidateName[] = [FLOOR, ...PEER_NAMES, ...SETTINGS];

export interface CandidateOptions {
  /** Node options for llmp. */
  readonly flags?: readonly string[];
  /** Where to look for peers; PATH and the environment by default. */
  readonly places?: Places;
}

/** The program that this machine lacks for a candidate. */
export function missingFor(name: CandidateName, { places }: CandidateOptions = {}) {
  if (isFloor(name)) return undefined;
  if (!isPeer(name)) return missingForLlmp(name);
  const program = findPeer(name, places ?? { env: process.env });
  return program === undefined ? PEERS[name].of : undefined;
}

/** Starts a candidate and waits until it is ready. */
export async function startCandidate(
  stack: AsyncDisposableStack,
  name: CandidateName,
  upstreamUrl: string,
  { flags = [], places = { env: process.env } }: CandidateOptions = {},
): Promise<Candidate> {
  if (isPeer(name)) return await startPeer(stack, name, upstreamUrl, places);
  if (!isFloor(name)) return await startLlmp(stack, name, upstreamUrl, { flags });
  const floor = await startServer(stack, name, ['test/bench/floor.ts', name, upstreamUrl]);
  return { name, url: floor.url, headers: {}, processes: [floor] };
}

const isFloor = (name: CandidateName): name is FloorName => FLOORS.some((floor) => floor === name);
export const isPeer = (name: Candidate['name']): name is PeerName =>
  PEER_NAMES.some((peer) => peer === name);
