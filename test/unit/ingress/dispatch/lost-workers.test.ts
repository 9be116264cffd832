import { describe, expect, it } from 'vitest';
import { limits } from '../../../../shared/limits.ts';
import { LostWorkers } from '../../../../services/ingress/dispatch/lost-workers.ts';
import { Quarantine } from '../../../../services/ingress/dispatch/quarantine.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';
import { requestMessage } from '../../../kit/request-messages.ts';

type Step = [
  'lost' | 'not accepted' | 'speaks' | 'hangs' | 'hangs with another' | 'hangs with something',
  attempt: number,
  position: number,
];

const BLOCKED_BY = {
  hangs: 'this',
  'hangs with another': 'other',
  'hangs with something': 'unknown',
} as const;

const ACCEPTED = { lost: true, 'not accepted': false };

function newQuarantine(): Quarantine {
  return new Quarantine({ clock: createFakeClock(), limits: limits.pipeline });
}

/** Error codes of the losses, in order. */
function codesOf(steps: readonly Step[], quarantine = newQuarantine()): string[] {
  const lost = new LostWorkers({ limits: limits.pipeline, message: requestMessage(), quarantine });
  return steps.flatMap(([what, attempt, position]) => {
    if (what === 'speaks') {
      lost.heardFrom({ attempt, position });
      return [];
    }
    if (what in BLOCKED_BY) {
      const blockedBy = BLOCKED_BY[what as keyof typeof BLOCKED_BY];
      return lost.addHanging({ attempt, position, isAccepted: true }, blockedBy).code;
    }
    return lost.add({ attempt, position, isAccepted: ACCEPTED[what as keyof typeof ACCEPTED] })
      .code;
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

  it.each<[string, Step[], string[]]>([
    ['the first one', [['hangs', 1, 0]], ['stage_timeout']],
    [
      'one after a silent one',
      [
        ['lost', 1, 0],
        ['hangs', 2, 0],
      ],
      ['worker_lost', 'request_quarantined'],
    ],
    [
      'several that hang with another request',
      [
        ['hangs with another', 1, 0],
        ['hangs with another', 2, 0],
        ['lost', 3, 0],
      ],
      ['worker_lost', 'worker_lost', 'worker_lost'],
    ],
    [
      'two that hang for a reason that cannot be told',
      [
        ['hangs with something', 1, 0],
        ['hangs with something', 2, 0],
      ],
      ['worker_lost', 'request_quarantined'],
    ],
  ])('are counted right when they hang: %s', (_, steps, codes) => {
    expect(codesOf(steps)).toEqual(codes);
  });

  it('are counted over requests with the same body, as far as it makes them hang', () => {
    const quarantine = newQuarantine();
    const { tenant } = requestMessage().meta;
    expect(codesOf([['hangs', 1, 0]], quarantine)).toEqual(['stage_timeout']);
    expect(quarantine.has(tenant, requestMessage().body)).toBe(false);
    expect(codesOf([['hangs', 1, 0]], quarantine)).toEqual(['request_quarantined']);
    expect(quarantine.has(tenant, requestMessage().body)).toBe(true);
  });

  it('are forgotten with the request when they only fell silent', () => {
    const quarantine = newQuarantine();
    expect(codesOf([['lost', 1, 0]], quarantine)).toEqual(['worker_lost']);
    expect(codesOf([['lost', 1, 0]], quarantine)).toEqual(['worker_lost']);
  });
});
