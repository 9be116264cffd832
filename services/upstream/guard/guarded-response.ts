// An answer on its way home, held against the policy of the key that asked: its events as they come,
// or its message once it is whole.

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
import { judgeToolInput } from './tool-input.ts';
import { contentBlocks, wholeReply } from './buffered-response.ts';

/**
 * `chunks` are whole events where `isStream`, else the bytes of a JSON reply in any cut. Throws
 * `policy_blocked`: before the first chunk where nothing of the answer has been shown.
 */
export function guardedResponse(
  chunks: AsyncIterable<Uint8Array>,
  isStream: boolean,
  guard: ResponseGuard,
): AsyncIterable<Uint8Array> {
  if (!guard.isOnDuty) return chunks;
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
    const error = flushed(thrown, events, sent);
    if (sent.length > 0) yield Buffer.concat(sent);
    throw error;
  }
  if (sent.length > 0) yield Buffer.concat(sent);
  if (splitter.restBytes > 0) yield splitter.rest();
}

/**
 * What an answer that breaks off ends with. Where the upstream failed, what is held back is judged and
 * is the client's; where it is refused, only what was judged before, in blocks that are closed.
 */
function flushed(thrown: unknown, events: GuardedEvents, sent: Uint8Array[]): unknown {
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
  const bytes = await wholeReply(chunks);
  const text = bytes.toString('utf8');
  const edits: Edit[] = [];
  for (const block of contentBlocks(text)) {
    const type = textProperty(block, text, 'type') ?? '';
    const span = property(block, text, type.endsWith('tool_use') ? 'input' : 'text');
    if (span && type.endsWith('tool_use')) judgeToolInput(guard, text.slice(span.start, span.end));
    else if (type === 'text' && span?.kind === 'string') {
      const value = stringAt(text, span);
      const held = new HeldText(guard.reading('assistant'));
      const judged = held.push(value) + held.end();
      if (judged !== value) edits.push({ ...span, text: stringLiteral(judged) });
    }
  }
  yield edits.length === 0 ? bytes : Buffer.from(splice(text, edits));
}
