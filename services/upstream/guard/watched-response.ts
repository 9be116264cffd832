// An answer on its way home, watched for personal data by the rules of the key that asked: its
// events as they come, or its message once it is whole.

import { property, splice, stringAt, stringLiteral, type Edit } from '../../../shared/json/edit.ts';
import { EventSplitter } from '../../../shared/anthropic/sse/event-splitter.ts';
import { concatBytes } from '../../../shared/runtime/bytes.ts';
import { ResponseEvents } from './response-events.ts';
import {
  countFinding,
  type ResponseAction,
  type ResponseRules,
  type Counts,
} from './response-rules.ts';
import { TextRedactor } from './text-redactor.ts';
import { contentBlocks, wholeReply } from './buffered-response.ts';

export interface WatchedAnswer {
  readonly body: AsyncIterable<Uint8Array>;
  /** What was found, by entity; complete once the body has ended. */
  readonly counts: Counts;
}

/** `chunks` are whole events where `isStream`, else the bytes of a JSON reply in any cut. */
export function watchedAnswer(
  chunks: AsyncIterable<Uint8Array>,
  isStream: boolean,
  rules: ResponseRules,
  keyId: string,
): WatchedAnswer {
  const action = rules.actionFor(keyId);
  if (action === 'ignore') return { body: chunks, counts: {} };
  if (isStream) {
    const events = new ResponseEvents(rules.scanner, action);
    return { body: watchedEvents(chunks, events), counts: events.counts };
  }
  const counts: Counts = {};
  return { body: watchedWhole(chunks, rules, action, counts), counts };
}

async function* watchedEvents(
  chunks: AsyncIterable<Uint8Array>,
  events: ResponseEvents,
): AsyncGenerator<Uint8Array> {
  const splitter = new EventSplitter();
  try {
    for await (const chunk of chunks) {
      const sent = splitter.push(chunk).flatMap((event) => events.event(event));
      if (sent.length > 0) yield concatBytes(sent);
    }
  } catch (error) {
    // What was held back is the client's all the same; the error follows it.
    const held = events.stopAll();
    if (held.length > 0) yield Buffer.concat(held);
    throw error;
  }
  const rest = [...splitter.end().flatMap((event) => events.event(event)), ...events.stopAll()];
  if (rest.length > 0) yield Buffer.concat(rest);
  if (splitter.restBytes > 0) yield splitter.rest();
}

async function* watchedWhole(
  chunks: AsyncIterable<Uint8Array>,
  { scanner }: ResponseRules,
  action: ResponseAction,
  counts: Counts,
): AsyncGenerator<Uint8Array> {
  const bytes = await wholeReply(chunks);
  const text = bytes.toString('utf8');
  const edits: Edit[] = [];
  for (const block of contentBlocks(text)) {
    const span = property(block, text, 'text');
    if (span?.kind === 'string' && action === 'redact') {
      const value = stringAt(text, span);
      const redactor = new TextRedactor(scanner, counts);
      const redacted = redactor.push(value) + redactor.end();
      if (redacted !== value) edits.push({ ...span, text: stringLiteral(redacted) });
      continue;
    }
    for (const part of [span, property(block, text, 'input')]) {
      if (!part) continue;
      const value =
        part.kind === 'string' ? stringAt(text, part) : text.slice(part.start, part.end);
      for (const { detector } of scanner.scan(value)) countFinding(counts, detector.entity);
    }
  }
  yield edits.length === 0 ? bytes : Buffer.from(splice(text, edits));
}
