// Stores what was added to each turn, keyed by the hash of the conversation up to it. Later requests get
// the same bytes in the same place, from any process and whatever happens to the documents.

import * as z from 'zod';
import type { Clock } from '../../shared/runtime/clock.ts';
import { INJECT_MODES } from '../../shared/retrieval/collections.ts';
import type { Augmentations } from '../../shared/retrieval/augmentations.ts';
import type { RagLimits } from '../../shared/limits.ts';
import type { Turn } from './conversation.ts';

const augmentationSchema = z.object({
  /** `CollectionSet.version` at the time of the search. */
  version: z.string(),
  mode: z.enum(INJECT_MODES),
  /** Collections that were searched; a key that loses one of them loses these passages. */
  collections: z.array(z.string()),
  /** Blocks as JSON; empty if nothing was found. */
  blocks: z.array(z.string()),
  /** `collection/name` of each document, for people. */
  documents: z.array(z.string()),
});

export type Augmentation = z.infer<typeof augmentationSchema>;

export interface StoredAugmentation {
  readonly augmentation: Augmentation;
  /** The stored JSON. */
  readonly value: string;
}

export interface Pinned {
  /** The augmentation of each turn; `undefined` where none is known. */
  find(tenant: string, turns: readonly Turn[]): Promise<(StoredAugmentation | undefined)[]>;
  /** Stores an augmentation unless one exists; returns the one to use. */
  keep(
    tenant: string,
    turn: Turn,
    augmentation: Augmentation,
    instead: StoredAugmentation | undefined,
  ): Promise<Augmentation>;
}

export interface PinnedPorts {
  readonly augmentations: Augmentations;
  readonly clock: Pick<Clock, 'now'>;
  readonly limits: Pick<RagLimits, 'augmentationMs'>;
}

export function createPinned({ augmentations, clock, limits }: PinnedPorts): Pinned {
  const { augmentationMs: ttlMs } = limits;
  return {
    async find(tenant, turns) {
      const keys = turns.map((turn) => keyOf(tenant, turn));
      const values = await augmentations.augmentations(keys, clock.now(), ttlMs);
      return values.map((value) => (value === undefined ? undefined : parsed(value)));
    },
    async keep(tenant, turn, augmentation, instead) {
      const saved = await augmentations.saveAugmentation(
        keyOf(tenant, turn),
        JSON.stringify(augmentation),
        {
          nowMs: clock.now(),
          ttlMs,
          instead: instead?.value,
        },
      );
      return parsed(saved)?.augmentation ?? augmentation;
    },
  };
}

function keyOf(tenant: string, { hash }: Turn): string {
  return `${tenant}:${hash}`;
}

/** `undefined` if another version wrote a format that this one does not understand. */
function parsed(value: string): StoredAugmentation | undefined {
  const augmentation = augmentationSchema.safeParse(JSON.parse(value));
  return augmentation.success ? { augmentation: augmentation.data, value } : undefined;
}
