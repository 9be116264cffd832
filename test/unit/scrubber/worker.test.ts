import { afterAll, describe, expect, it } from 'vitest';
import { openScrubberWorker } from '../../../services/scrubber/worker.ts';
import { limits } from '../../../shared/limits.ts';
import { buildDetection } from '../../../shared/privacy/detection.ts';
import { systemClock } from '../../../shared/runtime/clock.ts';
import { requestMessage } from '../../kit/request-messages.ts';
import { confirm } from '../../kit/permits.ts';

const NEW_CHARS_MAX = 1_000;
const KEY = 'a key of a test, which is long enough';

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());

/** Whether a thread, which returns the edited body, has scrubbed a request with so much new text. */
async function isScrubbedInThread(threads: number | null, chars: number): Promise<boolean> {
  const rules = 'version: 1\ncustom: [{ id: x, entity: XX, label: XX, words: [quast] }]';
  const scrubThreads = { ...limits.scrubThreads, newCharsMax: NEW_CHARS_MAX };
  const { stage, close } = openScrubberWorker({
    config: {
      scrubber: { key: KEY, rules, threads },
      dataDir: '/nowhere',
      limits: { ...limits, scrubThreads },
    },
    detection: buildDetection(rules),
    clock: systemClock,
  });
  stack.defer(close);
  const { signal } = new AbortController();
  const body = Buffer.from(JSON.stringify({ text: `Quast. ${'a b '.repeat(chars / 4)}` }));
  const outcome = await stage(requestMessage({}, body), { signal, confirm, sendVault: () => {} });
  if (outcome.kind !== 'pass') throw new Error(`the scrubber returned ${outcome.kind}`);
  const sent = await outcome.body?.read(signal);
  const text = sent ? Buffer.from(sent.bytes).toString() : outcome.edits?.[0]?.text;
  expect(text).toMatch(/PII_XX_[a-z2-7]{8}/);
  return outcome.body !== undefined;
}

describe('the scrubber of a process', () => {
  it.each([1, 3, null])(
    'has threads for requests with much new text (setting: %j)',
    async (threads) => {
      expect(await isScrubbedInThread(threads, 2 * NEW_CHARS_MAX)).toBe(true);
      expect(await isScrubbedInThread(threads, NEW_CHARS_MAX / 2)).toBe(false);
    },
  );

  it('does without threads if it may have none', async () => {
    expect(await isScrubbedInThread(0, 2 * NEW_CHARS_MAX)).toBe(false);
  });
});
