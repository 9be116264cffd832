// Applies the caller's privacy rules to a response, streamed or buffered.

import { property, splice, stringAt, stringLiteral, type Edit } from '../../../shared/json/edit.ts';
import { EventSplitter } from '../../../shared/anthropic/sse/event-splitter.ts';
import { concatBytes } from '../../../shared/runtime/bytes.ts';
import { WatchedEvents } from './watched-events.ts';
import {
  countFinding,
  type ResponseAction,
  type ResponseRules,
  type EntityCounts,
} from './response-rules.ts';
import { TextRedactor } from './text-redactor.ts';
import { contentBlocks, readBuffered } from './buffered-response.ts';

export interface WatchedResponse {
  readonly body: AsyncIterable<Uint8Array>;
  /** Findings by entity; complete once the body has ended. */
  readonly counts: EntityCounts;
}

/** @param chunks complete events if `isStream`, otherwise the bytes of a JSON response, cut anywhere */
export function watchedResponse(
  chunks: AsyncIterable<Uint8Array>,
  isStream: boolean,
  rules: ResponseRules,
  keyId: string,
): WatchedResponse {
  const action = rules.actionFor(keyId);
  if (action === 'ignore') return { body: chunks, counts: {} };
  if (isStream) {
    const events = new WatchedEvents(rules.scanner, action);
    return { body: watchedEvents(chunks, events), counts: events.counts };
  }
  const counts: EntityCounts = {};
  return { body: watchedBuffered(chunks, rules, action, counts), counts };
}

async function* watchedEvents(
  chunks: AsyncIterable<Uint8Array>,
  events: WatchedEvents,
): AsyncGenerator<Uint8Array> {
  const splitter = new EventSplitter();
  try {
    for await (const chunk of chunks) {
      const sent = splitter.push(chunk).flatMap((event) => events.event(event));
      if (sent.length > 0) yield concatBytes(sent);
    }
  } catch (error) {
    // Held text still belongs to the client; the error follows it.
    const held = events.stopAll();
    if (held.length > 0) yield Buffer.concat(held);
    throw error;
  }
  const rest = [...splitter.end().flatMap((event) => events.event(event)), ...events.stopAll()];
  if (rest.length > 0) yield Buffer.concat(rest);
  if (splitter.restBytes > 0) yield splitter.rest();
}

async function* watchedBuffered(
  chunks: AsyncIterable<Uint8Array>,
  { scanner }: ResponseRules,
  action: ResponseAction,
  counts: EntityCounts,
): AsyncGenerator<Uint8Array> {
  const bytes = await readBuffered(chunks);
  const text = bytes.toString('utf8');
  const edits: Edit[] = [];
  for (const block of contentBlocks(text)) {
    const textNode = property(block, text, 'text');
    if (textNode?.kind === 'string' && action === 'redact') {
      const value = stringAt(text, textNode);
      const redactor = new TextRedactor(scanner, counts);
      const redacted = redactor.push(value) + redactor.end();
      if (redacted !== value) edits.push({ ...textNode, text: stringLiteral(redacted) });
      continue;
    }
    for (const part of [textNode, property(block, text, 'input')]) {
      if (!part) continue;
      const value =
        part.kind === 'string' ? stringAt(text, part) : text.slice(part.start, part.end);
      for (const { detector } of scanner.scan(value)) countFinding(counts, detector.entity);
    }
  }
  yield edits.length === 0 ? bytes : Buffer.from(splice(text, edits));
}
