// The rag room: puts passages from the key's collections beside the question of the newest turn, and
// puts the same ones into earlier turns again, byte for byte. It never searches for a turn that was
// answered before: what is added in the midst of a conversation breaks signed thinking behind it.

import { withDeadline, type Clock } from '../../shared/clock.ts';
import type { CollectionRecord } from '../../shared/collections.ts';
import type { Letter } from '../../shared/envelope.ts';
import { LlmpError } from '../../shared/errors.ts';
import { headerOf } from '../../shared/header-pairs.ts';
import type { Injections } from '../../shared/injections.ts';
import { encodeInsertion } from '../../shared/insertion.ts';
import type { Limits } from '../../shared/limits.ts';
import { readBody, type ReadBody } from '../../shared/read-body.ts';
import { member } from '../../shared/json-splice.ts';
import type { Outcome, Stage } from '../../shared/stage.ts';
import { blocksOf } from './blocks.ts';
import { readConversation, type Turn } from './conversation.ts';
import type { Shelf, ShelfOf } from './library.ts';
import type { Passage, Retrieve } from './passage-index/passage-index.ts';
import { planOf, type Placed } from './plan.ts';
import { ragHeader, ragNotes, type Said } from './report.ts';
import { createSticky, type Found, type Injection, type Sticky } from './sticky.ts';

export interface RagPorts {
  readonly shelfOf: ShelfOf;
  readonly retrieve: Retrieve;
  readonly injections: Injections;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'rag' | 'jsonDepthMax' | 'jsonValuesMax'>;
  readonly fault: (error: unknown, requestId?: string) => void;
}

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
    const said: Said = {
      state: fresh?.state ?? 'continued',
      documents: fresh?.injection?.documents ?? [],
      again: placed.filter(({ turn }) => turn !== asked).length,
      lost,
    };
    const { edits, searchResults } = plan;
    tellHome(
      encodeInsertion({ header: ragHeader(said), ...(searchResults ? { searchResults } : {}) }),
    );
    return { kind: 'pass', edits, notes: ragNotes(said) };
  };
}

interface Task extends RagPorts {
  readonly sticky: Sticky;
  readonly letter: Letter;
  readonly body: ReadBody;
  readonly shelf: Shelf;
  readonly signal: AbortSignal;
}

interface Decision {
  readonly state: Said['state'];
  readonly injection?: Injection;
}

/** What is put into the turn that is to be answered: what was before, as long as that is up to date. */
async function decide(
  task: Task,
  turn: Turn,
  known: Found | undefined,
  turns: readonly Turn[],
): Promise<Decision> {
  const { shelf } = task;
  const isStatic = shelf.collections[0]?.inject === 'system' && turn !== turns[0];
  if (known && (known.injection.version === shelf.version || !searches(task))) {
    return { state: stateOf(known.injection), injection: known.injection };
  }
  if (!searches(task)) return { state: 'skipped' };
  if (shelf.collections.length === 0) return { state: 'none' };
  // The system prompt stays what it was when the conversation began.
  if (isStatic) return { state: 'continued' };
  let passages: readonly Passage[];
  try {
    passages = await search(task, turn);
  } catch (error) {
    task.signal.throwIfAborted();
    task.fault(error, task.letter.meta.id);
    if (shelf.collections.some(({ onFault }) => onFault === 'closed')) {
      throw new LlmpError('retrieval_failed', undefined, { cause: error });
    }
    return { state: 'failed' };
  }
  const found = injectionOf(shelf, passages);
  const kept = await answered(task.sticky.keep(task.letter.meta.tenant, turn, found, known));
  return { state: stateOf(kept), injection: kept };
}

async function search({ shelf, limits, clock, signal, retrieve }: Task, turn: Turn) {
  const [first] = shelf.collections;
  if (!first) return [];
  // What is asked stands at the end of what is pasted before it.
  const question = turn.question.slice(-limits.rag.questionUnitsMax);
  const deadlineMs = Math.min(...shelf.collections.map((collection) => collection.deadlineMs));
  const work = (until: AbortSignal) =>
    orAborted(retrieve(question, shelf.collections, first.passagesMax, until), until);
  return fitting(await withDeadline(clock, deadlineMs, signal, work), first);
}

/** A search that does not listen to its signal is not waited for. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return Promise.race([work, aborted.promise]).finally(() =>
    signal.removeEventListener('abort', abort),
  );
}

/** As many of the best as fit; a passage is never cut. */
function fitting(passages: readonly Passage[], { passagesMax, tokensMax }: CollectionRecord) {
  let left = tokensMax * 4;
  return passages.slice(0, passagesMax).filter(({ text }) => {
    if (text.length > left) return false;
    left -= text.length;
    return true;
  });
}

function injectionOf({ version, collections }: Shelf, passages: readonly Passage[]): Injection {
  const mode = collections[0]?.inject ?? 'search_result';
  const documents = passages.map(({ collection, source }) => `${collection}/${source}`);
  return {
    version,
    mode,
    collections: collections.map(({ name }) => name),
    blocks: blocksOf(mode, passages),
    documents: [...new Set(documents)],
  };
}

function stateOf({ blocks }: Injection): 'found' | 'none' {
  return blocks.length > 0 ? 'found' : 'none';
}

/** Requests of clients for their own purposes, and counts, get nothing new. */
function searches({ letter, body }: Task): boolean {
  const { path, headers, rag } = letter.meta;
  if (!rag?.search || /^[^?]*\/count_tokens(\?|$)/.test(path)) return false;
  const kind = headerOf(headers, 'x-claude-code-request-class') ?? 'main';
  if (kind !== 'main') return false;
  // A request for no tokens only warms the prompt cache.
  const most = member(body.root, body.text, 'max_tokens');
  return !(most?.kind === 'number' && Number(body.text.slice(most.start, most.end)) === 0);
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

/** What was said before has to be known: going on without it would change the conversation unsaid. */
async function answered<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (cause) {
    throw new LlmpError('store_down', 'The store of collections does not answer.', { cause });
  }
}
