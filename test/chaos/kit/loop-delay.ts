// Loaded into every process of a chaos cluster: writes the longest steps of its event loop to a file, so that
// kill -9 loses none, and moves its clock.

import { renameSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const TICK_MS = 10;
const { CHAOS_LOOP_FILE: path, CHAOS_CLOCK_AHEAD_MS: ahead = '0' } = process.env;

const now = Date.now.bind(Date);
const aheadMs = Number(ahead);
if (aheadMs !== 0) Date.now = () => now() + aheadMs;

if (isMainThread && path !== undefined) watch(`${path}.${process.pid}.json`);

function watch(file: string): void {
  let isIgnored = true;
  let longest = { wallMs: 0, cpuMs: 0 };
  let last = { wallMs: 0, cpuMs: 0 };
  let turnedMs = performance.now();
  let cpu = process.threadCpuUsage();
  const turn = () => {
    // The signal after a pause may come after the first turn, so a step counts one turn later.
    if (last.wallMs > longest.wallMs || last.cpuMs > longest.cpuMs) {
      longest = {
        wallMs: Math.max(last.wallMs, longest.wallMs),
        cpuMs: Math.max(last.cpuMs, longest.cpuMs),
      };
      writeFileSync(`${file}.new`, JSON.stringify(longest));
      renameSync(`${file}.new`, file);
    }
    const { user, system } = process.threadCpuUsage(cpu);
    const wallMs = Math.round(performance.now() - turnedMs - TICK_MS);
    const cpuMs = Math.round((user + system) / 1_000);
    last = isIgnored ? { wallMs: 0, cpuMs: 0 } : { wallMs, cpuMs };
    isIgnored = false;
    turnedMs = performance.now();
    cpu = process.threadCpuUsage();
  };
  const ignore = () => {
    last = { wallMs: 0, cpuMs: 0 };
    isIgnored = true;
  };
  // `GatewayProcess` sends them once it has started, and after a pause.
  process.on('SIGURG', () => {
    ignore();
    setInterval(turn, TICK_MS).unref();
  });
  process.on('SIGCONT', ignore);
}
