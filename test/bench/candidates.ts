// What is measured: two floors, llmp in several settings, and other gateways where they are installed. A
// candidate is a URL and the processes whose CPU counts.

import { LLMP_NAMES, missingForLlmp, startLlmp, type LlmpName } from './llmp.ts';
import { startServer, type Child } from './processes.ts';

export interface Candidate {
  readonly name: CandidateName | 'direct';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly processes: readonly Child[];
}

const FLOORS = ['pass-through', 'node-parse'] as const;
type FloorName = (typeof FLOORS)[number];
export type CandidateName = FloorName | LlmpName;

export const CANDIDATES: readonly CandidateName[] = [...FLOORS, ...LLMP_NAMES];

/** The least that a gateway costs that parses what it forwards. */
export const FLOOR = 'node-parse';
/** The settings of llmp that have bars: `npm start`, everything on, and compose. */
export const SETTINGS = ['llmp', 'llmp-full', 'llmp-nats-full'] as const;
export type SettingName = (typeof SETTINGS)[number];

export const DEFAULT_CANDIDATES: readonly CandidateName[] = [FLOOR, ...SETTINGS];

/** The program that this machine lacks for a candidate. */
export function missingFor(name: CandidateName): string | undefined {
  return isFloor(name) ? undefined : missingForLlmp(name);
}

/** Starts a candidate and waits until it is ready. */
export async function startCandidate(
  stack: AsyncDisposableStack,
  name: CandidateName,
  upstreamUrl: string,
  flags: readonly string[] = [],
): Promise<Candidate> {
  if (!isFloor(name)) return await startLlmp(stack, name, upstreamUrl, { flags });
  const floor = await startServer(stack, name, ['test/bench/floor.ts', name, upstreamUrl]);
  return { name, url: floor.url, headers: {}, processes: [floor] };
}

const isFloor = (name: CandidateName): name is FloorName => FLOORS.some((floor) => floor === name);
