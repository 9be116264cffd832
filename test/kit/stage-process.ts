// A scrubber on NATS whose stage does what the text of a request commands:
//   node test/kit/stage-process.ts NATS_URL NAME LIMITS
// It prints a line when it is ready, and one for each request that its stage begins.

import { start } from '../../services/host/wiring.ts';
import { readConfig } from '../../services/config/config.ts';
import type { PipelineLimits } from '../../shared/limits.ts';
import { createLog } from '../../shared/log.ts';
import type { Stage } from '../../shared/protocol/stage.ts';

const [natsUrl = '', name = '', limits = '{}'] = process.argv.slice(2);

const waiting = new Set<() => void>();

/**
 * - `wait`: until another request has begun here.
 * - `block MS`: keeps the event loop busy for so long.
 * - `hang`: keeps it busy for ever, after it has turned once more.
 *
 * `… at NAME` is for one process; others pass the request on at once.
 */
const stage: Stage = async (message, { signal }) => {
  const { bytes } = await message.body.read(signal);
  const command = /"do ([^"]+)"/.exec(Buffer.from(bytes).toString())?.[1] ?? 'pass';
  const [verb, words = ''] = command.split(/ (.*)/);
  process.stdout.write(`begun ${name} ${command}\n`);
  for (const resume of waiting) resume();
  if (words.includes('at ') && !words.endsWith(`at ${name}`)) return { kind: 'pass' };
  if (verb === 'wait') {
    await new Promise<void>((resolve) => {
      waiting.add(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
  if (verb === 'block') {
    keepBusy(Number.parseInt(words, 10));
    process.stdout.write(`ended ${name}\n`);
  }
  if (verb === 'hang') {
    await new Promise((resolve) => setTimeout(resolve, 50));
    keepBusy(Infinity);
  }
  return { kind: 'pass' };
};

function keepBusy(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

const env = { NATS_URL: natsUrl, LLMP_HEALTH_PORT: '0' };
const config = readConfig(env, ['scrubber']);
await start(config, createLog('info', { write: (line) => void process.stdout.write(line) }), {
  limits: { pipeline: JSON.parse(limits) as Partial<PipelineLimits> },
  stages: { scrubber: stage },
});
process.stdout.write(`ready ${name}\n`);
