import { describe, expect, it } from 'vitest';
import { limits } from '../../../../shared/limits.ts';
import { LostWorkers } from '../../../../services/ingress/dispatch/lost-workers.ts';
import { Quarantine } from '../../../../services/ingress/dispatch/quarantine.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';
import { requestMessage } from '../../../kit/request-messages.ts';

type Step = ['lost' | 'not accepted' | 'speaks', attempt: number, position: number];

const ACCEPTED = { lost: true, 'not accepted': false };

/** Error codes of the losses, in order. */
function codesOf(steps: readonly Step[]): string[] {
  const quarantine = new Quarantine({ clock: createFakeClock(), limits: limits.pipeline });
  const lost = new LostWorkers({ limits: limits.pipeline, message: requestMessage(), quarantine });
  return steps.flatMap(([what, attempt, position]) => {
    if (what === 'speaks') {
      lost.heardFrom({ attempt, position });
      return [];
    }
    return lost.add({ attempt, position, isAccepted: ACCEPTED[what] }).code;
  });
}

describe('the lost workers of a request', () => {
  it.each<[string, Step[], string[]]>([
    [
      'two of one stage',
      [
        ['lost', 1, 0],
        ['lost', 2, 0],
      ],
      ['worker_lost', 'request_quarantined'],
    ],
    [
      'two of any stage',
      [
        ['lost', 1, 0],
        ['lost', 2, 3],
      ],
      ['worker_lost', 'request_quarantined'],
    ],
    [
      'one that never accepted',
      [
        ['not accepted', 1, 0],
        ['lost', 2, 0],
      ],
      ['worker_lost', 'worker_lost'],
    ],
    [
      'one that was only slow',
      [
        ['lost', 1, 0],
        ['speaks', 1, 0],
        ['lost', 2, 0],
      ],
      ['worker_lost', 'worker_lost'],
    ],
    [
      'one whose message a later stage has',
      [
        ['lost', 1, 0],
        ['speaks', 1, 1],
        ['lost', 2, 0],
      ],
      ['worker_lost', 'worker_lost'],
    ],
    [
      'one behind a worker that still speaks',
      [
        ['lost', 1, 2],
        ['speaks', 1, 0],
        ['lost', 2, 2],
      ],
      ['worker_lost', 'request_quarantined'],
    ],
    [
      'one while a later attempt speaks',
      [
        ['lost', 1, 0],
        ['speaks', 2, 0],
        ['lost', 2, 0],
      ],
      ['worker_lost', 'request_quarantined'],
    ],
  ])('are counted right: %s', (_, steps, codes) => {
    expect(codesOf(steps)).toEqual(codes);
  });

  it('may be silent for longer with a large body', () => {
    const { heartbeatTimeoutMs, megabyteSilenceMs } = limits.pipeline;
    const quarantine = new Quarantine({ clock: createFakeClock(), limits: limits.pipeline });
    const lost = new LostWorkers({
      limits: limits.pipeline,
      message: requestMessage(),
      quarantine,
    });
    expect(lost.silenceMaxMs(0)).toBe(heartbeatTimeoutMs);
    expect(lost.silenceMaxMs(30_000_000)).toBe(heartbeatTimeoutMs + 30 * megabyteSilenceMs);
  });
});
