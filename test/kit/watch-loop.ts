// Measures how long the event loop of this process stands still.

export interface LoopWatch {
  /** Returns the longest pause between two turns, in milliseconds. */
  stop(): number;
}

export function watchLoop(): LoopWatch {
  let lastMs = performance.now();
  let longestMs = 0;
  const turn = () => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
  };
  const timer = setInterval(turn, 1);
  return {
    stop() {
      clearInterval(timer);
      turn();
      return longestMs;
    },
  };
}
