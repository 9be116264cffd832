// The upstream room: sends the request on and brings the answer home. Bytes are relayed as they
// came; the room only watches them, to know when a stream is whole and how long it is silent.

import type { Clock } from '../../shared/clock.ts';
import type { Limits } from '../../shared/limits.ts';
import type { Notes, Outcome, Stage } from '../../shared/stage.ts';
import { headerOf, isEventStream } from '../../shared/header-pairs.ts';
import type { AnswerRules, Counts } from './answers/answer-rules.ts';
import { watchedAnswer } from './answers/watched-answer.ts';
import { isWholeJson, wholeEvents } from './event-stream.ts';
import { PatientReader } from './patient-reader.ts';
import { replyHeaders } from './reply-headers.ts';
import type { Transport } from './transport.ts';
import { readUsage, UsageMeter } from './usage.ts';

export interface UpstreamOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'upstreamHeadMs' | 'upstreamIdleMs' | 'eventBytesMax'>;
  /** Raw header pairs that authenticate us; the client's own credential never comes this far. */
  readonly credential: readonly string[];
  /** What to do with personal data that the model writes of its own accord. */
  readonly answers: AnswerRules;
}

export function createUpstream(options: UpstreamOptions): Stage {
  const { transport, clock, limits, credential } = options;

  return async ({ meta, body }, { signal }): Promise<Outcome> => {
    const bytes = await body.read(signal);
    const reader = new PatientReader({ clock, signal, ...limits });
    const startedMs = clock.monotonic();
    // A compressed stream could neither be read nor cut at event boundaries.
    const headers = [...meta.headers, 'accept-encoding', 'identity', ...credential];
    const reply = await reader.head((untilGivenUp) =>
      transport({
        method: meta.method,
        path: meta.path,
        headers,
        body: bytes,
        signal: untilGivenUp,
      }),
    );
    const upstreamMs = Math.round(clock.monotonic() - startedMs);
    const usage = new UsageMeter();
    const chunks = reader.chunks(reply.body);
    const isStream = isEventStream(reply.headers);
    const whole = isStream
      ? wholeEvents(chunks, { eventBytesMax: limits.eventBytesMax, watch: usage.event })
      : readUsage(chunks, usage, { whole: isWholeJson(reply) });
    const { body: watched, counts } = watchedAnswer(whole, isStream, options.answers, meta.tenant);
    const upstreamId = headerOf(reply.headers, 'request-id');
    return {
      kind: 'answer',
      head: { status: reply.status, headers: replyHeaders(reply.status, reply.headers) },
      body: watched,
      notes: () => ({
        ...usage.notes(),
        ...inAnswer(counts),
        upstreamMs,
        upstreamStatus: reply.status,
        ...(upstreamId === undefined ? {} : { upstreamRequestId: upstreamId }),
      }),
    };
  };
}

/** `answerEntities: "EMAIL_ADDRESS=2"` for the log, where something was found. */
function inAnswer(counts: Counts): Notes {
  const found = Object.keys(counts).toSorted();
  if (found.length === 0) return {};
  return { answerEntities: found.map((entity) => `${entity}=${counts[entity]}`).join(', ') };
}
