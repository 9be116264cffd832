// The rag stage adds passages from the key's collections to the newest question and restores earlier ones
// byte for byte. It never searches for answered turns: changing them would break signed thinking.

import { encodeRetrievalReport } from '../../shared/retrieval/report.ts';
import type { Outcome, RagContext, Stage } from '../../shared/protocol/stage.ts';
import { readConversation, type Turn } from './conversation.ts';
import {
  orStoreDown,
  chooseAugmentation,
  type AugmentationChoice,
  type RagPorts,
} from './choose-augmentation.ts';
import type { CollectionSet } from './collection-set.ts';
import { rewriteOf, type Placement } from './rewrite.ts';
import { TimeSlice } from '../../shared/runtime/time-slice.ts';
import { ragHeader, ragAnnotations, type RetrievalStatus } from './report.ts';
import { createPinned, type StoredAugmentation } from './pinned.ts';

/** Passes every message whose key has no collections. */
export function createRag(ports: RagPorts): Stage<RagContext> {
  const { limits, collectionSetOf } = ports;
  const pinned = createPinned({ ...ports, limits: limits.rag });

  return async (message, { signal, confirm, sendRetrieval }): Promise<Outcome> => {
    const { meta } = message;
    if (!meta.rag) return { kind: 'pass' };
    const timeSlice = new TimeSlice(ports.clock, limits.eventLoop.timeSliceMs, signal);
    const read = await message.body.read(signal);
    const body = await timeSlice.run(read.parseSteps(limits.json));
    const conversation = readConversation(body.text, body.root);
    const turns = conversation.turns.slice(-limits.rag.turnsMax);
    const collectionSet = await orStoreDown(collectionSetOf(meta.rag.collections, meta.team));
    const stored = await orStoreDown(pinned.find(meta.tenant, turns));
    const current = conversation.isAsking ? turns.at(-1) : undefined;
    const task = { ...ports, pinned, message, body, collectionSet, signal, confirm };
    const choice = current
      ? await chooseAugmentation(task, current, stored.at(-1), turns)
      : undefined;
    const { placements, lost } = placementsOf(turns, stored, current, choice, collectionSet);
    const rewrite = rewriteOf(
      body,
      conversation.messages,
      placements,
      collectionSet.collections[0],
    );
    const placement = placements.find(({ turn }) => turn === current);
    const state = choice?.state ?? 'continued';
    const status: RetrievalStatus = {
      // The key may have lost the collection since the passages were found.
      state: state === 'found' && !placement ? 'skipped' : state,
      documents: placement?.augmentation.documents ?? [],
      restored: placements.filter(({ turn }) => turn !== current).length,
      lost,
    };
    const { edits, searchResults } = rewrite;
    sendRetrieval(
      encodeRetrievalReport({
        header: ragHeader(status),
        ...(searchResults ? { searchResults } : {}),
      }),
    );
    return { kind: 'pass', edits, annotations: ragAnnotations(status) };
  };
}

function placementsOf(
  turns: readonly Turn[],
  stored: readonly (StoredAugmentation | undefined)[],
  current: Turn | undefined,
  choice: AugmentationChoice | undefined,
  { collections }: CollectionSet,
): { placements: Placement[]; lost: number } {
  const allowed = new Set(collections.map(({ name }) => name));
  const placements: Placement[] = [];
  // The system prompt takes only the first turn's passages, so other turns need no lookup.
  const isFixed = collections[0]?.inject === 'system';
  let lost = 0;
  for (const [index, turn] of turns.entries()) {
    const augmentation = turn === current ? choice?.augmentation : stored[index]?.augmentation;
    if (!augmentation && turn !== current && !(isFixed && index > 0)) lost += 1;
    if (!augmentation || augmentation.blocks.length === 0) continue;
    if (augmentation.collections.every((name) => allowed.has(name)))
      placements.push({ turn, augmentation });
    else lost += 1;
  }
  return { placements, lost };
}
