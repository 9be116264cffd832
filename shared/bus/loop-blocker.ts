// Finds what blocks the event loop of the main thread, from another thread: pauses it as a debugger does,
// reads the name of its work and its call stack, and lets it go on.

import type { Debugger, Session } from 'node:inspector';
import type { Clock } from '../runtime/clock.ts';
import { CURRENT_WORK } from './work-context.ts';

export interface LoopBlocker {
  /** Absent if the main thread could not be paused, such as in native code. */
  readonly work?: string;
  /** Innermost call first. */
  readonly stack: readonly string[];
}

const STACK_MAX = 12;

/** Never rejects. @param waitMs how long the main thread may take to pause */
export async function findLoopBlocker(
  clock: Pick<Clock, 'after'>,
  waitMs: number,
): Promise<LoopBlocker> {
  const found = Promise.withResolvers<LoopBlocker>();
  const nothing: LoopBlocker = { stack: [] };
  const cancelTimer = clock.after(waitMs, () => found.resolve(nothing));
  let session: Session | undefined;
  try {
    const { Session } = await import('node:inspector');
    session = new Session();
    session.connectToMainThread();
    pauseMain(session, found.resolve);
    return await found.promise;
  } catch {
    return nothing;
  } finally {
    cancelTimer();
    // Also lets the main thread go on.
    session?.disconnect();
  }
}

function pauseMain(session: Session, found: (blocker: LoopBlocker) => void): void {
  const urlByScript = new Map<string, string>();
  session.on('Debugger.scriptParsed', ({ params }) => {
    urlByScript.set(params.scriptId, params.url);
  });
  session.on('Debugger.paused', ({ params }) => {
    const stack = params.callFrames.slice(0, STACK_MAX).map((frame) => lineOf(frame, urlByScript));
    const callFrameId = params.callFrames[0]?.callFrameId ?? '';
    const evaluation = { callFrameId, expression: CURRENT_WORK, returnByValue: true };
    session.post('Debugger.evaluateOnCallFrame', evaluation, (error, evaluated) => {
      const { result } = (evaluated ?? {}) as Partial<Debugger.EvaluateOnCallFrameReturnType>;
      const work: unknown = error ? undefined : result?.value;
      found(typeof work === 'string' ? { work, stack } : { stack });
    });
  });
  session.post('Debugger.enable');
  session.post('Debugger.pause');
}

function lineOf(
  { functionName, location }: Debugger.CallFrame,
  urlByScript: ReadonlyMap<string, string>,
): string {
  const url = urlByScript.get(location.scriptId) ?? '';
  return `at ${functionName || '<anonymous>'} (${url}:${location.lineNumber + 1})`;
}
