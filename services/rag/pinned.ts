// What was put into each turn of a conversation, found again by the hash of what was said up to it. So
// a later turn has the same bytes at the same place, whichever process has it and whatever has become
// of the documents since.

import * as z from 'zod';
import type { Clock } from '../../shared/runtime/clock.ts';
import { INJECT_MODES } from '../../shared/retrieval/collections.ts';
import type { Augmentations } from '../../shared/retrieval/augmentations.ts';
import type { Limits } from '../../shared/limits.ts';
import type { Turn } from './conversation.ts';

const augmentationSchema = z.object({
  /** Of the collections and their settings when it was found. */
  version: z.string(),
  mode: z.enum(INJECT_MODES),
  /** Names of the collections that were searched: whoever lost one of them loses what was found in it. */
  collections: z.array(z.string()),
  /** JSON of the blocks; none where nothing was found. */
  blocks: z.array(z.string()),
  /** `collection/name` of each document, for people. */
  documents: z.array(z.string()),
});

export type Augmentation = z.infer<typeof augmentationSchema>;

export interface Found {
  readonly injection: Augmentation;
  /** As it is stored. */
  readonly value: string;
}

export interface Pinned {
  /** For each turn what was put into it; undefined where nothing is known of it. */
  find(tenant: string, turns: readonly Turn[]): Promise<(Found | undefined)[]>;
  /** Keeps what was found, unless another was first; gives what is to be used. */
  keep(
    tenant: string,
    turn: Turn,
    injection: Augmentation,
    instead: Found | undefined,
  ): Promise<Augmentation>;
}

export interface PinnedPorts {
  readonly augmentations: Augmentations;
  readonly clock: Pick<Clock, 'now'>;
  readonly limits: Pick<Limits, 'rag'>;
}

export function createPinned({ augmentations, clock, limits }: PinnedPorts): Pinned {
  const { augmentationMs: ttlMs } = limits.rag;
  return {
    async find(tenant, turns) {
      const keys = turns.map((turn) => keyOf(tenant, turn));
      const values = await augmentations.augmentations(keys, clock.now(), ttlMs);
      return values.map((value) => (value === undefined ? undefined : read(value)));
    },
    async keep(tenant, turn, injection, instead) {
      const kept = await augmentations.saveAugmentation(
        keyOf(tenant, turn),
        JSON.stringify(injection),
        {
          nowMs: clock.now(),
          ttlMs,
          instead: instead?.value,
        },
      );
      return read(kept)?.injection ?? injection;
    },
  };
}

function keyOf(tenant: string, { hash }: Turn): string {
  return `${tenant}:${hash}`;
}

/** Undefined for what another version has written and this one does not understand. */
function read(value: string): Found | undefined {
  const injection = augmentationSchema.safeParse(JSON.parse(value));
  return injection.success ? { injection: injection.data, value } : undefined;
}
