// A random schedule: which part of a cluster is disturbed, when and for how long. The same seed draws the
// same schedule.

import { STAGES, type StageName } from '../../../shared/protocol/messages.ts';
import { pick, seeded } from '../../kit/seeded.ts';

export type Action =
  | { readonly kind: 'kill' | 'pause'; readonly stage: StageName; readonly nth: 0 | 1 }
  | { readonly kind: 'rolling restart' }
  | { readonly kind: 'kill broker' | 'pause broker' | 'kill redis' | 'pause redis' }
  | { readonly kind: 'kill ingress' | 'pause ingress' }
  | { readonly kind: 'drop upstream' }
  | { readonly kind: 'clients leave'; readonly count: number };

export interface Step {
  readonly atMs: number;
  /** How long the part is away. */
  readonly forMs: number;
  readonly action: Action;
}

const GAP_MS = { least: 300, spread: 1_700 };
/** Mostly short; some longer than the patience of the ingress. */
const AWAY_MS = { least: 50, spread: 1_450, longSpread: 3_500, longEvery: 6 };
const LEAVING_MAX = 6;

/** How often each kind is drawn. */
const KINDS: readonly Action['kind'][] = [
  ...Array<Action['kind']>(5).fill('kill'),
  ...Array<Action['kind']>(5).fill('pause'),
  'rolling restart',
  'kill broker',
  'kill broker',
  'pause broker',
  'pause broker',
  'kill redis',
  'pause redis',
  'pause redis',
  'kill ingress',
  'pause ingress',
  'drop upstream',
  'drop upstream',
  'clients leave',
  'clients leave',
  'clients leave',
];

/** Steps in order, all of which begin within `durationMs`. */
export function drawSchedule(seed: number, durationMs: number): Step[] {
  const chance = seeded(seed);
  const steps: Step[] = [];
  for (let atMs = 0; ;) {
    atMs += GAP_MS.least + chance(GAP_MS.spread);
    if (atMs >= durationMs) return steps;
    const isLong = chance(AWAY_MS.longEvery) === 0;
    const forMs = AWAY_MS.least + chance(isLong ? AWAY_MS.longSpread : AWAY_MS.spread);
    const kind = pick(chance, KINDS);
    steps.push({ atMs, forMs, action: drawAction(kind, chance) });
  }
}

function drawAction(kind: Action['kind'], chance: (bound: number) => number): Action {
  if (kind === 'kill' || kind === 'pause')
    return { kind, stage: pick(chance, STAGES), nth: pick(chance, [0, 1] as const) };
  if (kind === 'clients leave') return { kind, count: 1 + chance(LEAVING_MAX) };
  return { kind };
}

/** What a step does, for people. */
export function describeStep({ atMs, forMs, action }: Step): string {
  const more =
    'stage' in action
      ? ` ${action.stage}-${action.nth + 1}`
      : 'count' in action
        ? ` (${action.count})`
        : '';
  return `${(atMs / 1_000).toFixed(1)} s ${action.kind}${more} ${forMs} ms`;
}
