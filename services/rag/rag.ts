// The rag room: puts passages from the key's collections beside the question of the newest turn, and
// puts the same ones into earlier turns again, byte for byte. It never searches for a turn that was
// answered before: what is added in the midst of a conversation breaks signed thinking behind it.

import { encodeInsertion } from '../../shared/retrieval/report.ts';
import { handOn, readBody } from '../../shared/anthropic/parsed-request.ts';
import type { Outcome, Stage } from '../../shared/protocol/stage.ts';
import { readConversation, type Turn } from './conversation.ts';
import { answered, decide, type Decision, type RagPorts } from './decide.ts';
import type { Shelf } from './collection-set.ts';
import { planOf, type Placed } from './plan.ts';
import { ragHeader, ragNotes, type Said } from './report.ts';
import { createSticky, type Found } from './pinned.ts';

/** Passes every letter whose key has no collections. */
export function createRag(ports: RagPorts): Stage {
  const { limits, shelfOf } = ports;
  const sticky = createSticky(ports);

  return async (letter, { signal, tellHome }): Promise<Outcome> => {
    const { meta } = letter;
    if (!meta.rag) return { kind: 'pass' };
    const body = readBody(await letter.body.read(signal), limits);
    const conversation = readConversation(body.text, body.root);
    const turns = conversation.turns.slice(-limits.rag.turnsMax);
    const shelf = await answered(shelfOf(meta.rag.collections, meta.team));
    const known = await answered(sticky.find(meta.tenant, turns));
    const asked = conversation.isAsking ? turns.at(-1) : undefined;
    const task = { ...ports, sticky, letter, body, shelf, signal };
    const fresh = asked ? await decide(task, asked, known.at(-1), turns) : undefined;
    const { placed, lost } = placedIn(turns, known, asked, fresh, shelf);
    const plan = planOf(body, conversation.messages, placed, shelf.collections[0]);
    const own = placed.find(({ turn }) => turn === asked);
    const state = fresh?.state ?? 'continued';
    const said: Said = {
      // What was found before may be of a collection that the key has lost since.
      state: state === 'found' && !own ? 'skipped' : state,
      documents: own?.injection.documents ?? [],
      again: placed.filter(({ turn }) => turn !== asked).length,
      lost,
    };
    const { edits, searchResults } = plan;
    // The room beside may want to read it, too.
    handOn(body);
    tellHome(
      encodeInsertion({ header: ragHeader(said), ...(searchResults ? { searchResults } : {}) }),
    );
    return { kind: 'pass', edits, notes: ragNotes(said) };
  };
}

function placedIn(
  turns: readonly Turn[],
  known: readonly (Found | undefined)[],
  asked: Turn | undefined,
  fresh: Decision | undefined,
  { collections }: Shelf,
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
