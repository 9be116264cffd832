// A scrub thread: runs the scrubber on one request at a time, away from the event loop of the gateway.

import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { buildDetection } from '../../../shared/privacy/detection.ts';
import { createRecognizer } from '../../../shared/privacy/recognizer.ts';
import { RequestBody } from '../../../shared/protocol/body.ts';
import { systemClock } from '../../../shared/runtime/clock.ts';
import { processKernel, startProcessKernel } from '../../../shared/scan/process-kernel.ts';
import { createScrubber } from '../scrubber.ts';
import { failureOf, movedWith, resultOf, type Job, type JobResult } from './job.ts';
import type { ThreadData, ThreadMessage } from './job.ts';

/** Lets the gateway's thread go first where cores are few. */
const NICENESS = 5;

lowerPriority();
const { rules, masterKey, hashKey, limits } = workerData as ThreadData;
const detection = buildDetection(rules, (program) => startProcessKernel(program, hashKey));
processKernel().prepare();
const { recognizer } = detection.rules;
const stage = createScrubber({
  ...detection,
  ...(recognizer ? { recognize: createRecognizer(recognizer, systemClock) } : {}),
  masterKey,
  clock: systemClock,
  limits,
});

/** The gateway's thread has confirmed the attempt. */
const CONFIRMED = () => Promise.resolve();

let running = new AbortController();

parentPort?.on('message', (message: ThreadMessage) => {
  if (message === 'cancel') running.abort();
  else void run(message);
});

async function run({ meta, body }: Job): Promise<void> {
  running = new AbortController();
  const result = await resultOfJob(meta, new RequestBody(new Uint8Array(body)), running.signal);
  parentPort?.postMessage(result, movedWith(result));
}

async function resultOfJob(
  meta: Job['meta'],
  body: RequestBody,
  signal: AbortSignal,
): Promise<JobResult> {
  const parts: Uint8Array[] = [];
  try {
    const sendVault = (part: Uint8Array) => void parts.push(part);
    const outcome = await stage({ meta, body }, { signal, confirm: CONFIRMED, sendVault });
    return resultOf(outcome, body, parts);
  } catch (thrown) {
    return failureOf(thrown);
  }
}

/** On Linux a priority concerns one thread; elsewhere it would concern the process. */
function lowerPriority(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(NICENESS);
  } catch {
    // Some containers forbid it; the priority is optional.
  }
}
