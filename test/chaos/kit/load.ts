// Steady load: so many clients, each of which asks for its next story when it has its answer.

import { ask, type Outcome, type Target } from './ask.ts';
import { newStory, type Story } from './story.ts';

/** Twenty events a second for two seconds: what a model does, at a length that a test can wait for. */
const STREAM: Omit<Story, 'seed'> = { stream: true, parts: 40, partSize: 60, paceMs: 50 };
const CALL: Omit<Story, 'seed'> = { stream: false, parts: 4, partSize: 400, paceMs: 300 };

/** Every so many requests carry a body that is too big for a message and travels as a claim check. */
const HEAVY_EVERY = 10;
const HEAVY_SIZE = 100_000;

/** Clients wait after a failure; without, instant refusals would turn into a storm of requests. */
const AFTER_FAILURE_MS = 250;

export interface LoadSize {
  readonly streams: number;
  readonly calls: number;
}

export const USUAL: LoadSize = { streams: 100, calls: 20 };

export interface Load {
  /** Lets every client finish the request it is at; gives all outcomes since the start. */
  stop(): Promise<readonly Outcome[]>;
}

export function startLoad(target: Target, { streams, calls }: LoadSize = USUAL): Load {
  const outcomes: Outcome[] = [];
  let stopped = false;
  let asked = 0;

  const client = async (plot: Omit<Story, 'seed'>, startAfterMs: number): Promise<void> => {
    await pause(startAfterMs);
    while (!stopped) {
      asked += 1;
      const padding = asked % HEAVY_EVERY === 0 ? HEAVY_SIZE : 0;
      const outcome = await ask(target, newStory(plot), padding).outcome;
      outcomes.push(outcome);
      if (outcome.verdict !== 'completed') await pause(AFTER_FAILURE_MS);
    }
  };

  // Spread over the length of a stream, so that there is always one at each of its moments.
  const spreadMs = STREAM.parts * STREAM.paceMs;
  const clients = [
    ...Array.from({ length: streams }, (_, nth) => client(STREAM, (nth / streams) * spreadMs)),
    ...Array.from({ length: calls }, (_, nth) => client(CALL, (nth / calls) * CALL.paceMs)),
  ];
  return {
    async stop() {
      stopped = true;
      await Promise.all(clients);
      return outcomes;
    },
  };
}

/** For pacing a scenario only; whatever can be waited for is waited for. */
export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
