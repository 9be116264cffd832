// Chooses the augmentation of the turn being answered: the pinned one while it is current, otherwise the
// result of a new search.

import { withDeadline, type Clock } from '../../shared/runtime/clock.ts';
import type { CollectionRecord } from '../../shared/retrieval/collections.ts';
import type { RequestMessage } from '../../shared/protocol/messages.ts';
import type { ConfirmContext } from '../../shared/protocol/stage.ts';
import { LlmpError } from '../../shared/errors.ts';
import { headerOf } from '../../shared/runtime/raw-headers.ts';
import type { Augmentations } from '../../shared/retrieval/augmentations.ts';
import { property } from '../../shared/json/edit.ts';
import type { Limits } from '../../shared/limits.ts';
import type { ParsedRequest } from '../../shared/anthropic/parsed-request.ts';
import { blocksOf } from './augment.ts';
import type { Turn } from './conversation.ts';
import type { CollectionSet, CollectionSetOf } from './collection-set.ts';
import type { Passage, Retrieve } from './passage-index/passage-index.ts';
import type { RetrievalStatus } from './report.ts';
import type { StoredAugmentation, Augmentation, Pinned } from './pinned.ts';

export interface RagPorts {
  readonly collectionSetOf: CollectionSetOf;
  readonly retrieve: Retrieve;
  readonly augmentations: Augmentations;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'eventLoop' | 'rag' | 'json'>;
  readonly onError: (error: unknown, requestId?: string) => void;
}

export interface RagTask extends RagPorts, ConfirmContext {
  readonly pinned: Pinned;
  readonly message: RequestMessage;
  readonly body: ParsedRequest;
  readonly collectionSet: CollectionSet;
}

export interface AugmentationChoice {
  readonly state: RetrievalStatus['state'];
  readonly augmentation?: Augmentation;
}

/** Reuses the pinned augmentation while its collections are unchanged, otherwise searches. */
export async function chooseAugmentation(
  task: RagTask,
  turn: Turn,
  known: StoredAugmentation | undefined,
  turns: readonly Turn[],
): Promise<AugmentationChoice> {
  const { collectionSet } = task;
  const isFixed = collectionSet.collections[0]?.inject === 'system' && turn !== turns[0];
  if (known && (known.augmentation.version === collectionSet.version || !mayRetrieve(task))) {
    return { state: stateOf(known.augmentation), augmentation: known.augmentation };
  }
  if (!mayRetrieve(task)) return { state: 'skipped' };
  if (collectionSet.collections.length === 0) return { state: 'none' };
  // The system prompt stays as it was when the conversation began.
  if (isFixed) return { state: 'continued' };
  await task.confirm();
  let passages: readonly Passage[];
  try {
    passages = await search(task, turn);
  } catch (error) {
    task.signal.throwIfAborted();
    task.onError(error, task.message.meta.id);
    if (collectionSet.collections.some(({ onError }) => onError === 'closed')) {
      throw new LlmpError('retrieval_failed', undefined, { cause: error });
    }
    return { state: 'failed' };
  }
  const found = augmentationOf(collectionSet, passages);
  const pinned = await orStoreDown(task.pinned.keep(task.message.meta.tenant, turn, found, known));
  return { state: stateOf(pinned), augmentation: pinned };
}

async function search({ collectionSet, limits, clock, signal, retrieve }: RagTask, turn: Turn) {
  const [first] = collectionSet.collections;
  if (!first) return [];
  // Keeps the end: questions usually follow pasted text.
  const question = turn.question.slice(-limits.rag.questionCharsMax);
  const deadlineMs = Math.min(
    ...collectionSet.collections.map((collection) => collection.deadlineMs),
  );
  const work = (deadline: AbortSignal) =>
    orAborted(retrieve(question, collectionSet.collections, first.passagesMax, deadline), deadline);
  return fitToBudget(await withDeadline(clock, deadlineMs, signal, work), first);
}

/** Stops waiting on abort, even if `work` ignores the signal. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return Promise.race([work, aborted.promise]).finally(() =>
    signal.removeEventListener('abort', abort),
  );
}

/** The best passages that fit the budget; passages are never cut. */
function fitToBudget(passages: readonly Passage[], { passagesMax, tokensMax }: CollectionRecord) {
  let remaining = tokensMax * 4;
  return passages.slice(0, passagesMax).filter(({ text }) => {
    if (text.length > remaining) return false;
    remaining -= text.length;
    return true;
  });
}

function augmentationOf(
  { version, collections }: CollectionSet,
  passages: readonly Passage[],
): Augmentation {
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

function stateOf({ blocks }: Augmentation): 'found' | 'none' {
  return blocks.length > 0 ? 'found' : 'none';
}

/** False for token counts and for Claude Code's background requests. */
function mayRetrieve({ message, body }: RagTask): boolean {
  const { path, headers, rag } = message.meta;
  if (!rag?.search || /^[^?]*\/count_tokens(\?|$)/.test(path)) return false;
  const kind = headerOf(headers, 'x-claude-code-request-class') ?? 'main';
  if (kind !== 'main') return false;
  // A request for zero tokens only warms the prompt cache.
  const maxTokens = property(body.root, body.text, 'max_tokens');
  return !(
    maxTokens?.kind === 'number' && Number(body.text.slice(maxTokens.start, maxTokens.end)) === 0
  );
}

/** Fails the request if the store is down: without the pinned passages the conversation would silently change. */
export async function orStoreDown<T>(read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (cause) {
    throw new LlmpError('store_down', 'The store of collections does not respond.', { cause });
  }
}
