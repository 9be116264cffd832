import type { PipelineLimits, ProcessLimits } from '../../shared/limits.ts';
import { pause, type Clock } from '../../shared/runtime/clock.ts';

export interface ShutdownOptions {
  readonly clock: Clock;
  readonly limits: Pick<ProcessLimits, 'drainMs' | 'shutdownMs' | 'lostBusMs'> &
    Pick<PipelineLimits, 'heartbeatMs'>;
  /** How long requests are still taken. */
  readonly lameDuckMs: number;
  /** Ends the lame duck and drain times when it aborts. */
  readonly forceSignal: AbortSignal | undefined;
  /** How long the bus has been disconnected; 0 while it is connected. */
  readonly disconnectedMs: () => number;
  /** Run in order. Each waits for running work until its signal aborts, then ends it. */
  readonly drains: readonly (readonly [what: string, (signal: AbortSignal) => Promise<void>])[];
  readonly close: () => Promise<void>;
  readonly onError: (error: unknown) => void;
  /** Called with the step that did not end within `limits.shutdownMs` after the drain time. */
  readonly stopTimedOut: (facts: { waitedFor: string }) => void;
}

/**
 * Drains and closes a process within bounds: the lame duck time, then the drain time, then
 * `limits.shutdownMs`. Rejects when a step failed or did not end in time.
 */
export async function shutDown(options: ShutdownOptions): Promise<void> {
  const { clock, limits, lameDuckMs, forceSignal, disconnectedMs, onError, stopTimedOut } = options;
  const grace = new AbortController();
  const endGrace = () => grace.abort();
  forceSignal?.addEventListener('abort', endGrace, { once: true });
  // Without a bus no response can arrive, so waiting is useless.
  const checkGrace = () => {
    if (forceSignal?.aborted || disconnectedMs() >= limits.lostBusMs) endGrace();
  };
  checkGrace();
  const cancelTimers = [clock.every(limits.heartbeatMs, checkGrace)];
  let currentStep = 'requests';
  const timeout = Promise.withResolvers<never>();
  const giveUp = () => {
    stopTimedOut({ waitedFor: currentStep });
    timeout.reject(new Error(`the shutdown timed out waiting for ${currentStep}`));
  };
  const startTimeout = () => void cancelTimers.push(clock.after(limits.shutdownMs, giveUp));
  if (grace.signal.aborted) startTimeout();
  else grace.signal.addEventListener('abort', startTimeout, { once: true });

  let isClean = true;
  const run = async (step: string, work: () => Promise<void>) => {
    currentStep = step;
    await work().catch((error: unknown) => {
      isClean = false;
      onError(error);
    });
  };
  const runAll = async () => {
    if (lameDuckMs > 0) await pause(clock, lameDuckMs, grace.signal);
    cancelTimers.push(clock.after(limits.drainMs, endGrace));
    for (const [what, drain] of options.drains) await run(what, () => drain(grace.signal));
    endGrace();
    await run('connections', options.close);
  };
  try {
    await Promise.race([runAll(), timeout.promise]);
  } finally {
    for (const cancelTimer of cancelTimers) cancelTimer();
    forceSignal?.removeEventListener('abort', endGrace);
  }
  if (!isClean) throw new Error('a step of the shutdown failed; the log says which');
}
