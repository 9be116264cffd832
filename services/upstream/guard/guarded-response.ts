// An answer on its way home, held against the policy of the key that asked: its events as they come,
// or its message once it is whole.

import {
  member,
  splice,
  stringAt,
  stringLiteral,
  textMember,
  type Edit,
} from '../../../shared/json/edit.ts';
import { LlmpError } from '../../../shared/errors.ts';
import { EventSplitter } from '../../../shared/anthropic/sse/event-splitter.ts';
import { joinedBytes } from '../../../shared/runtime/bytes.ts';
import type { AnswerPolice } from './response-guard.ts';
import { HeldText } from './held-text.ts';
import { PolicedEvents } from './guarded-events.ts';
import { judgeToolInput } from './tool-input.ts';
import { contentBlocks, wholeReply } from './buffered-response.ts';

/**
 * `chunks` are whole events where `isStream`, else the bytes of a JSON reply in any cut. Throws
 * `policy_blocked`: before the first chunk where nothing of the answer has been shown.
 */
export function policedAnswer(
  chunks: AsyncIterable<Uint8Array>,
  isStream: boolean,
  police: AnswerPolice,
): AsyncIterable<Uint8Array> {
  if (!police.isOnDuty) return chunks;
  return isStream ? policedStream(chunks, police) : policedWhole(chunks, police);
}

async function* policedStream(
  chunks: AsyncIterable<Uint8Array>,
  police: AnswerPolice,
): AsyncGenerator<Uint8Array> {
  const events = new PolicedEvents(police);
  const splitter = new EventSplitter();
  const sent: Uint8Array[] = [];
  try {
    for await (const chunk of chunks) {
      for (const event of splitter.push(chunk)) sent.push(...events.event(event));
      if (sent.length > 0) yield joinedBytes(sent.splice(0));
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
function flushed(thrown: unknown, events: PolicedEvents, sent: Uint8Array[]): unknown {
  let error = thrown;
  try {
    if (!isRefusal(error)) sent.push(...events.end());
  } catch (refusal) {
    error = refusal;
  }
  if (isRefusal(error)) sent.push(...events.closing());
  return error;
}

function isRefusal(error: unknown): boolean {
  return error instanceof LlmpError && error.code === 'policy_blocked';
}

async function* policedWhole(
  chunks: AsyncIterable<Uint8Array>,
  police: AnswerPolice,
): AsyncGenerator<Uint8Array> {
  const bytes = await wholeReply(chunks);
  const text = bytes.toString('utf8');
  const edits: Edit[] = [];
  for (const block of contentBlocks(text)) {
    const type = textMember(block, text, 'type') ?? '';
    const span = member(block, text, type.endsWith('tool_use') ? 'input' : 'text');
    if (span && type.endsWith('tool_use')) judgeToolInput(police, text.slice(span.start, span.end));
    else if (type === 'text' && span?.kind === 'string') {
      const value = stringAt(text, span);
      const held = new HeldText(police.reading('assistant'));
      const judged = held.push(value) + held.end();
      if (judged !== value) edits.push({ ...span, text: stringLiteral(judged) });
    }
  }
  yield edits.length === 0 ? bytes : Buffer.from(splice(text, edits));
}
