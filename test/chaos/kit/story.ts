// The chaos upstream's responses are pure functions of the prompt, which names a story. A client therefore
// knows every byte it must receive, however often and by whatever route the request was sent.

export interface Story {
  /** Lower-case letters, unique per request. */
  readonly seed: string;
  readonly stream: boolean;
  /** Text deltas of the response. */
  readonly parts: number;
  /** Characters per delta. */
  readonly partSize: number;
  /** Delay between deltas; a buffered response comes after one delay. 0 sends all at once. */
  readonly paceMs: number;
  /** A personal value of this story alone: of the client, or its placeholder at the upstream. */
  readonly value?: string;
}

/** Input tokens that the upstream reports for every story; output tokens are its parts. */
export const USAGE_INPUT = 10;

let storyCount = 0;

/** Every personal value of a story, and what is left of one in its place. */
export const VALUES = /\bq[a-z]+@corp-mail\.org|PII_\w+/g;

/** The value of a story with this seed, as its client knows it. */
export function personalValue(seed: string): string {
  return `${seed}@corp-mail.org`;
}

/** A story with a personal value, which comes back in every part of the response. */
export function newPersonalStory(plot: Omit<Story, 'seed' | 'value'>): Story {
  const story = newStory(plot);
  return { ...story, value: personalValue(story.seed) };
}

/** A story not yet used in this process. */
export function newStory(plot: Omit<Story, 'seed'>): Story {
  storyCount += 1;
  return { seed: lettersOf(storyCount), ...plot };
}

/** @param paddingSize characters of filler for a large body */
export function requestBody(story: Story, paddingSize = 0): string {
  const { seed, stream, parts, partSize, paceMs, value } = story;
  const mail = value === undefined ? '' : ` mail ${value} to me`;
  const prompt = `story ${seed} parts ${parts} size ${partSize} pace ${paceMs}${mail}`;
  return JSON.stringify({
    model: 'claude-chaos',
    max_tokens: 1024,
    stream,
    ...(paddingSize > 0 ? { system: words('padding', paddingSize) } : {}),
    messages: [{ role: 'user', content: prompt }],
  });
}

/** The story a request body names, if any. */
export function storyOf(body: string): Story | undefined {
  const match = /story ([a-z]+) parts (\d+) size (\d+) pace (\d+)(?: mail (\S+))?/.exec(body);
  const [, seed, parts, partSize, paceMs, value] = match ?? [];
  if (seed === undefined) return undefined;
  return {
    seed,
    stream: /"stream":true/.test(body),
    parts: Number(parts),
    partSize: Number(partSize),
    paceMs: Number(paceMs),
    ...(value === undefined ? {} : { value }),
  };
}

/** Every byte of the response, streamed or buffered. */
export function replyText(story: Story): string {
  return story.stream
    ? opening(story) +
        Array.from({ length: story.parts }, (_, i) => delta(story, i)).join('') +
        closing(story)
    : bufferedReply(story);
}

/** The events before the first delta. */
export function opening({ seed }: Story): string {
  const message = {
    id: `msg_${seed}`,
    type: 'message',
    role: 'assistant',
    model: 'claude-chaos',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: USAGE_INPUT, output_tokens: 1 },
  };
  const block = { type: 'text', text: '' };
  return (
    event({ type: 'message_start', message }) +
    event({ type: 'content_block_start', index: 0, content_block: block })
  );
}

/** The delta at `index`, from 0. */
export function delta({ seed, partSize, value }: Story, index: number): string {
  const text = withValue(words(`${seed}${lettersOf(index + 1)}`, partSize), value);
  return event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
}

/** The events after the last delta. */
export function closing({ parts }: Story): string {
  return (
    event({ type: 'content_block_stop', index: 0 }) +
    event({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: parts },
    }) +
    event({ type: 'message_stop' })
  );
}

function bufferedReply(story: Story): string {
  const { seed, parts, partSize, value } = story;
  return JSON.stringify({
    id: `msg_${seed}`,
    type: 'message',
    role: 'assistant',
    model: 'claude-chaos',
    content: [{ type: 'text', text: withValue(words(seed, parts * partSize), value) }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: USAGE_INPUT, output_tokens: parts },
  });
}

function withValue(text: string, value: string | undefined): string {
  return value === undefined ? text : `${value} ${text}`;
}

function event(data: Readonly<Record<string, unknown>> & { readonly type: string }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Without `p`: at the end of a delta it may begin a placeholder, and comes with the next one. */
const LETTERS = 'abcdefghijklmnoqrstuvwxyz';

/** A count in letters, which no detector takes for a number. */
function lettersOf(count: number): string {
  let letters = '';
  for (let rest = count; rest > 0; rest = Math.floor(rest / LETTERS.length)) {
    letters += LETTERS[rest % LETTERS.length];
  }
  return `q${letters}`;
}

/** Pre-generated filler with non-ASCII words; deltas are slices of it. */
const FILLER = fillerText(128 * 1024);

/** `size` characters that begin differently at every position of every story. */
function words(seed: string, size: number): string {
  let start = 7;
  for (const letter of seed) start = (start * 31 + letter.charCodeAt(0)) % 65_521;
  let text = `${seed} ${FILLER.slice(start)}`;
  while (text.length < size) text += FILLER;
  return text.slice(0, size);
}

function fillerText(size: number): string {
  let state = 7;
  let text = '';
  while (text.length < size) {
    // Park and Miller's minimal standard generator: the same words in every process.
    state = (state * 48_271) % 2_147_483_647;
    text += `${lettersOf(state % 17_576)}${state % 7 === 0 ? 'é' : ''} `;
  }
  return text;
}
