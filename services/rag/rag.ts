// The rag worker: puts passages from the key's collections beside the question of the newest turn, and
// puts the same ones into earlier turns again, byte for byte. It never searches for a turn that was
// answered before: what is added in the midst of a conversation breaks signed thinking behind it.

import { encodeRetrievalReport } from '../../shared/retrieval/report.ts';
import { handOn, parseRequest } from '../../shared/anthropic/parsed-request.ts';
import type { Outcome, RagContext, Stage } from '../../shared/protocol/stage.ts';
import { readConversation, type Turn } from './conversation.ts';
import { answered, decide, type Decision, type RagPorts } from './decide.ts';
import type { CollectionSet } from './collection-set.ts';
import { planOf, type Placed } from './plan.ts';
import { ragHeader, ragAnnotations, type RetrievalStatus } from './report.ts';
import { createPinned, type Found } from './pinned.ts';

/** Passes every message whose key has no collections. */
export function createRag(ports: RagPorts): Stage<RagContext> {
  const { limits, collectionSetOf } = ports;
  const pinned = createPinned(ports);

  return async (message, { signal, sendRetrieval }): Promise<Outcome> => {
    const { meta } = message;
    if (!meta.rag) return { kind: 'pass' };
    const body = parseRequest(await message.body.read(signal), limits);
    const conversation = readConversation(body.text, body.root);
    const turns = conversation.turns.slice(-limits.rag.turnsMax);
    const collectionSet = await answered(collectionSetOf(meta.rag.collections, meta.team));
    const known = await answered(pinned.find(meta.tenant, turns));
    const asked = conversation.isAsking ? turns.at(-1) : undefined;
    const task = { ...ports, pinned, message, body, collectionSet, signal };
    const fresh = asked ? await decide(task, asked, known.at(-1), turns) : undefined;
    const { placed, lost } = placedIn(turns, known, asked, fresh, collectionSet);
    const plan = planOf(body, conversation.messages, placed, collectionSet.collections[0]);
    const own = placed.find(({ turn }) => turn === asked);
    const state = fresh?.state ?? 'continued';
    const said: RetrievalStatus = {
      // What was found before may be of a collection that the key has lost since.
      state: state === 'found' && !own ? 'skipped' : state,
      documents: own?.injection.documents ?? [],
      again: placed.filter(({ turn }) => turn !== asked).length,
      lost,
    };
    const { edits, searchResults } = plan;
    // The worker beside may want to read it, too.
    handOn(body);
    sendRetrieval(
      encodeRetrievalReport({
        header: ragHeader(said),
        ...(searchResults ? { searchResults } : {}),
      }),
    );
    return { kind: 'pass', edits, annotations: ragAnnotations(said) };
  };
}

function placedIn(
  turns: readonly Turn[],
  known: readonly (Found | undefined)[],
  asked: Turn | undefined,
  fresh: Decision | undefined,
  { collections }: CollectionSet,
): { placed: Placed[]; lost: number } {
  const allowed = new Set(collections.map(({ name }) => name));
  const placed: Placed[] = [];
  // Into the system prompt only the first turn's passages go, so that of others nothing is to be known.
  const isStatic = collections[0]?.inject === 'system';
  let lost = 0;
  for (const [at, turn] of turns.entries()) {
    const injection = turn === asked ? fresh?.injection : known[at]?.injection;
    if (!injection && turn !== asked && !(isStatic && at > 0)) lost += 1;
    if (!injection || injection.blocks.length === 0) continue;
    if (injection.collections.every((name) => allowed.has(name))) placed.push({ turn, injection });
    else lost += 1;
  }
  return { placed, lost };
}
