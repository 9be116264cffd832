// Client of the HTTP API of Microsoft Presidio's analyzer: POST /analyze with one text or a list of them.

import * as z from 'zod';
import { readAllBytes } from '../../runtime/bytes.ts';
import { withDeadline, type Clock } from '../../runtime/clock.ts';
import type { Analyzer, Span } from './analyzer.ts';
import type { RecognizerRules } from './rules.ts';

/** Texts and characters of one call: a fraction of a second for a model on one core. */
const TEXTS_MAX = 64;
const CHARS_MAX = 16_000;
/** A response about as many characters has some 100 KB; parsing this one takes a few milliseconds. */
const RESPONSE_BYTES_MAX = 1024 * 1024;

const spans = z.array(
  z.object({
    entity_type: z.string(),
    start: z.int().nonnegative(),
    end: z.int().nonnegative(),
    score: z.number().min(0).max(1),
  }),
);
type Found = z.infer<typeof spans>;

/** An analyzer that responds, but not with findings. */
class ResponseError extends Error {}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ResponseError('the analyzer did not return JSON');
  }
}

export function createPresidio(url: string, rules: RecognizerRules, clock: Clock): Analyzer {
  const endpoint = `${url.replace(/\/+$/, '')}/analyze`;
  const { language, entities, offsets } = rules;
  const { deadline_ms: callMs, deadline_ms_per_1000_chars: charsMs } = rules;

  /** Older analyzers take one text only. Unknown until a list has been sent. */
  let takesLists: boolean | undefined;

  async function callAll(texts: readonly string[], signal: AbortSignal): Promise<Found[]> {
    if (texts.length > 1 && takesLists !== false) {
      try {
        const found = await call(texts, signal);
        takesLists = true;
        return found;
      } catch (error) {
        if (takesLists === true || !(error instanceof ResponseError)) throw error;
      }
    }
    const found: Found[] = [];
    for (const text of texts) found.push(...(await call([text], signal)));
    if (texts.length > 1) takesLists = false;
    return found;
  }

  async function call(texts: readonly string[], signal: AbortSignal): Promise<Found[]> {
    const [only = '', ...more] = texts;
    const isOne = more.length === 0;
    const response = await post(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        text: isOne ? only : texts,
        language,
        ...(entities ? { entities } : {}),
      }),
      signal,
      redirect: 'error',
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new ResponseError(`the analyzer returned status ${response.status}`);
    }
    const body = parsed((await read(response)).toString());
    const lists = z
      .array(spans)
      .length(texts.length)
      .safeParse(isOne ? [body] : body);
    if (!lists.success) throw new ResponseError('the analyzer did not return a list of findings');
    return lists.data;
  }

  return {
    textsMax: TEXTS_MAX,
    charsMax: CHARS_MAX,
    async analyze(texts, signal) {
      // Python cannot encode half a surrogate pair; its replacement is as long.
      const sent = texts.map((text) => text.toWellFormed());
      const chars = sent.reduce((sum, { length }) => sum + length, 0);
      const deadlineMs = callMs + Math.ceil((chars * charsMs) / 1_000);
      const found = await withDeadline(clock, deadlineMs, signal, (deadline) =>
        callAll(sent, deadline),
      );
      return found.map((each, index) => spansIn(sent[index] ?? '', each, offsets));
    },
  };
}

/** Sends again what met a connection that the analyzer was just closing: an analysis changes nothing. */
async function post(endpoint: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(endpoint, request);
  } catch (error) {
    if (request.signal?.aborted || !isReset(error)) throw error;
    return await fetch(endpoint, request);
  }
}

function isReset(error: unknown): boolean {
  const cause = error instanceof TypeError ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return code === 'ECONNRESET' || code === 'UND_ERR_SOCKET' || code === 'EPIPE';
}

async function read({ body }: Response): Promise<Buffer> {
  if (!body) throw new Error('the response of the analyzer is empty');
  return await readAllBytes(
    body,
    RESPONSE_BYTES_MAX,
    () => new Error('the response of the analyzer is too large'),
  );
}

/** @throws when an offset lies outside the text: then the others are not to be trusted either */
function spansIn(text: string, found: Found, unit: RecognizerRules['offsets']): Span[] {
  if (found.length === 0) return [];
  const offsetAt = unit === 'utf16' ? offsetsByUnit(text) : offsetsByCodePoint(text);
  return found.map(({ entity_type: entity, start: from, end: to, score }) => {
    const [start, end] = [offsetAt(from, 'start'), offsetAt(to, 'end')];
    if (start === undefined || end === undefined || start >= end) {
      throw new Error('the analyzer returned offsets outside the text');
    }
    return { entity, start, end, score };
  });
}

type OffsetAt = (offset: number, side: 'start' | 'end') => number | undefined;

/** Never between the halves of a surrogate pair. */
function offsetsByUnit(text: string): OffsetAt {
  return (offset, side) => {
    if (offset > text.length) return undefined;
    const isInPair =
      (text.charCodeAt(offset) & 0xfc00) === 0xdc00 &&
      (text.charCodeAt(offset - 1) & 0xfc00) === 0xd800;
    if (!isInPair) return offset;
    return side === 'start' ? offset - 1 : offset + 1;
  };
}

function offsetsByCodePoint(text: string): OffsetAt {
  if (!/[\ud800-\udfff]/.test(text)) return (offset) => (offset > text.length ? undefined : offset);
  const starts: number[] = [];
  let at = 0;
  for (const character of text) {
    starts.push(at);
    at += character.length;
  }
  starts.push(at);
  return (offset) => starts[offset];
}
