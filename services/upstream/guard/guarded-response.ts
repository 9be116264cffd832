// Applies the policy of the caller's key to a response, streamed or buffered.

import {
  property,
  splice,
  stringAt,
  stringLiteral,
  textProperty,
  type Edit,
} from '../../../shared/json/edit.ts';
import { LlmpError } from '../../../shared/errors.ts';
import { EventSplitter } from '../../../shared/anthropic/sse/event-splitter.ts';
import { concatBytes } from '../../../shared/runtime/bytes.ts';
import type { ResponseGuard } from './response-guard.ts';
import { HeldText } from './held-text.ts';
import { GuardedEvents } from './guarded-events.ts';
import { evaluateToolInput } from './tool-input.ts';
import { contentBlocks, readBuffered } from './buffered-response.ts';

/**
 * @param chunks complete events if `isStream`, otherwise the bytes of a JSON response, cut anywhere
 * @throws `policy_blocked`, before the first chunk if no content was sent yet
 */
export function guardedResponse(
  chunks: AsyncIterable<Uint8Array>,
  isStream: boolean,
  guard: ResponseGuard,
): AsyncIterable<Uint8Array> {
  if (!guard.isActive) return chunks;
  return isStream ? guardedStream(chunks, guard) : guardedBuffered(chunks, guard);
}

async function* guardedStream(
  chunks: AsyncIterable<Uint8Array>,
  guard: ResponseGuard,
): AsyncGenerator<Uint8Array> {
  const events = new GuardedEvents(guard);
  const splitter = new EventSplitter();
  const sent: Uint8Array[] = [];
  try {
    for await (const chunk of chunks) {
      for (const event of splitter.push(chunk)) sent.push(...events.event(event));
      if (sent.length > 0) yield concatBytes(sent.splice(0));
    }
    for (const event of splitter.end()) sent.push(...events.event(event));
    sent.push(...events.end());
  } catch (thrown) {
    const error = finishBroken(thrown, events, sent);
    if (sent.length > 0) yield Buffer.concat(sent);
    throw error;
  }
  if (sent.length > 0) yield Buffer.concat(sent);
  if (splitter.restBytes > 0) yield splitter.rest();
}

/**
 * Adds the last events of a stream that breaks off to `sent`: held text that passes evaluation if the
 * upstream failed, or only closing events if the response is refused. Returns the error to throw.
 */
function finishBroken(thrown: unknown, events: GuardedEvents, sent: Uint8Array[]): unknown {
  let error = thrown;
  try {
    if (!isRefusal(error)) sent.push(...events.end());
  } catch (rejection) {
    error = rejection;
  }
  if (isRefusal(error)) sent.push(...events.closing());
  return error;
}

function isRefusal(error: unknown): boolean {
  return error instanceof LlmpError && error.code === 'policy_blocked';
}

async function* guardedBuffered(
  chunks: AsyncIterable<Uint8Array>,
  guard: ResponseGuard,
): AsyncGenerator<Uint8Array> {
  const bytes = await readBuffered(chunks);
  const text = bytes.toString('utf8');
  const edits: Edit[] = [];
  for (const block of contentBlocks(text)) {
    const type = textProperty(block, text, 'type') ?? '';
    const node = property(block, text, type.endsWith('tool_use') ? 'input' : 'text');
    if (node && type.endsWith('tool_use'))
      evaluateToolInput(guard, text.slice(node.start, node.end));
    else if (type === 'text' && node?.kind === 'string') {
      const value = stringAt(text, node);
      const held = new HeldText(guard.startEvaluation('assistant'));
      const guarded = held.push(value) + held.end();
      if (guarded !== value) edits.push({ ...node, text: stringLiteral(guarded) });
    }
  }
  yield edits.length === 0 ? bytes : Buffer.from(splice(text, edits));
}
