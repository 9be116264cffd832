// Compares a response byte for byte with the only correct one, without trusting the gateway. An error
// counts only if the client can recognize it without knowing the correct response.

/**
 * - `completed`: every byte of the correct response, and a clean end.
 * - `error`: an HTTP error, or a stream that ends between two events with one `event: error`; both
 *   in Anthropic's envelope.
 * - `reset`: the connection broke; everything received was correct.
 * - `hung`: no end in time; everything received was correct.
 * - `truncated`: a clean end with data missing, which the client cannot notice.
 * - `corrupt`: anything else.
 */
export type Verdict = 'completed' | 'error' | 'reset' | 'hung' | 'truncated' | 'corrupt';

export interface Expected {
  readonly stream: boolean;
  /** Streams end with an empty line and contain no gateway pings. */
  readonly bytes: Uint8Array;
}

export interface Received {
  /** 0 if no response head arrived. */
  readonly status: number;
  readonly requestId: string | undefined;
  readonly bytes: Uint8Array;
  readonly ending: 'end' | 'reset' | 'hung';
}

/** The gateway's keep-alive; the chaos upstream never sends it. */
export const PING = 'event: ping\ndata: {"type": "ping"}\n\n';

export function verdictOf(expected: Expected, received: Received): Verdict {
  const { status, ending } = received;
  if (status === 0) return ending === 'end' ? 'corrupt' : ending;
  // Latin-1 maps one byte to one character.
  const expectedText = latin1(expected.bytes);
  const text = latin1(received.bytes);
  if (status >= 400) return errorVerdict(text, received);
  if (status !== 200) return 'corrupt';
  return expected.stream
    ? streamVerdict(expectedText, text, received)
    : bufferedVerdict(expectedText, text, ending);
}

/** The gateway's error code, if any; for statistics only. */
export function errorCodeOf(bytes: Uint8Array): string | undefined {
  return /"error_code":"(\w+)"/.exec(latin1(bytes))?.[1];
}

function streamVerdict(
  expectedText: string,
  text: string,
  { ending, requestId }: Received,
): Verdict {
  const expectedEvents = eventsOf(expectedText);
  const receivedEvents = eventsOf(text);
  const events = receivedEvents.complete.filter((event) => event !== PING);
  let matching = 0;
  while (matching < events.length && events[matching] === expectedEvents.complete[matching])
    matching += 1;
  const [extra, ...more] = events.slice(matching);
  if (extra === undefined) {
    if (!(expectedEvents.complete[matching] ?? '').startsWith(receivedEvents.rest))
      return 'corrupt';
    if (ending !== 'end') return ending;
    return matching === expectedEvents.complete.length ? 'completed' : 'truncated';
  }
  const failedBefore =
    matching < expectedEvents.complete.length && more.length === 0 && receivedEvents.rest === '';
  const data = /^event: error\ndata: ([^\n]*)\n\n$/.exec(extra)?.[1];
  if (!failedBefore || data === undefined || !isEnvelope(data, requestId)) return 'corrupt';
  return ending === 'end' ? 'error' : ending;
}

function bufferedVerdict(expectedText: string, text: string, ending: Received['ending']): Verdict {
  if (!expectedText.startsWith(text)) return 'corrupt';
  if (ending !== 'end') return ending;
  return text === expectedText ? 'completed' : 'truncated';
}

function errorVerdict(text: string, { ending, requestId }: Received): Verdict {
  if (ending !== 'end') return ending;
  return isEnvelope(text, requestId) ? 'error' : 'corrupt';
}

/** Whether it is Anthropic's error envelope with the id from the response headers. */
function isEnvelope(text: string, requestId: string | undefined): boolean {
  try {
    const { type, error, request_id } = JSON.parse(text) as Partial<Record<string, unknown>>;
    if (type !== 'error' || requestId === undefined || request_id !== requestId) return false;
    const { type: kind, message } = error as Partial<Record<string, unknown>>;
    return [kind, message].every((words) => typeof words === 'string' && words !== '');
  } catch {
    return false;
  }
}

/** Complete events with their empty lines, and the rest. */
function eventsOf(text: string): { complete: string[]; rest: string } {
  const chunks = text.split('\n\n');
  const rest = chunks.pop() ?? '';
  return { complete: chunks.map((chunk) => `${chunk}\n\n`), rest };
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
