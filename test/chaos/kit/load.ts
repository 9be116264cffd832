// Steady load: each client requests its next story when it has the previous response.

import { sendStory, type ChaosClient, type Outcome, type Target } from './client.ts';
import { newPersonalStory, newStory, type Story } from './story.ts';

/** Twenty events per second for two seconds, like a model's response but short. */
const STREAM: Omit<Story, 'seed'> = { stream: true, parts: 40, partSize: 60, paceMs: 50 };
const CALL: Omit<Story, 'seed'> = { stream: false, parts: 4, partSize: 400, paceMs: 300 };

/** Every Nth request has a body large enough for a claim check. */
const HEAVY_EVERY = 10;
const HEAVY_SIZE = 100_000;

/** Pause after a failure, so that instant errors do not become a request storm. */
const AFTER_FAILURE_MS = 250;

export interface LoadSize {
  readonly streams: number;
  readonly calls: number;
  /** Whether every second story has a personal value. */
  readonly isPersonal?: boolean;
}

export const DEFAULT_LOAD: LoadSize = { streams: 100, calls: 20 };

export interface Load {
  /** Clients that wait for their response, oldest first. */
  readonly open: ReadonlySet<ChaosClient>;
  /** Waits until every client has finished; returns all outcomes. */
  stop(): Promise<readonly Outcome[]>;
}

export function startLoad(
  target: Target,
  { streams, calls, isPersonal = false }: LoadSize = DEFAULT_LOAD,
): Load {
  const open = new Set<ChaosClient>();
  const outcomes: Outcome[] = [];
  let stopped = false;
  let requests = 0;

  const client = async (plot: Omit<Story, 'seed'>, startAfterMs: number): Promise<void> => {
    await pause(startAfterMs);
    while (!stopped) {
      requests += 1;
      const padding = requests % HEAVY_EVERY === 0 ? HEAVY_SIZE : 0;
      const story = isPersonal && requests % 2 === 0 ? newPersonalStory(plot) : newStory(plot);
      const sent = sendStory(target, story, padding);
      open.add(sent);
      const outcome = await Promise.race([sent.outcome, sent.gone]);
      open.delete(sent);
      if (outcome) outcomes.push(outcome);
      if (outcome?.verdict !== 'completed') await pause(AFTER_FAILURE_MS);
    }
  };

  // Spread over a stream's duration, so that one is in every phase at any time.
  const spreadMs = STREAM.parts * STREAM.paceMs;
  const clients = [
    ...Array.from({ length: streams }, (_, nth) => client(STREAM, (nth / streams) * spreadMs)),
    ...Array.from({ length: calls }, (_, nth) => client(CALL, (nth / calls) * CALL.paceMs)),
  ];
  return {
    open,
    async stop() {
      stopped = true;
      await Promise.all(clients);
      return outcomes;
    },
  };
}

/** Only for pacing a scenario; tests wait for conditions wherever possible. */
export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
