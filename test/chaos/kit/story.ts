// What the chaos upstream answers is a pure function of what it is asked: the prompt names a story,
// the story fixes every byte of the reply. So a client knows what it must get without having seen
// it sent, however often and on whatever way it was sent.

export interface Story {
  /** Lower-case messages; different for each request. */
  readonly seed: string;
  readonly stream: boolean;
  /** Text deltas of the reply. */
  readonly parts: number;
  /** Text of one delta, in characters. */
  readonly partSize: number;
  /** Between two deltas of a stream; a whole reply comes after one such pause. 0: all at once. */
  readonly paceMs: number;
}

let told = 0;

/** A story nobody has asked for yet in this process. */
export function newStory(plot: Omit<Story, 'seed'>): Story {
  told += 1;
  return { seed: messagesOf(told), ...plot };
}

/** The request body that asks for the story; `paddingSize` characters of idle words make it heavy. */
export function requestBody(story: Story, paddingSize = 0): string {
  const { seed, stream, parts, partSize, paceMs } = story;
  const prompt = `story ${seed} parts ${parts} size ${partSize} pace ${paceMs}`;
  return JSON.stringify({
    model: 'claude-chaos',
    max_tokens: 1024,
    stream,
    ...(paddingSize > 0 ? { system: words('padding', paddingSize) } : {}),
    messages: [{ role: 'user', content: prompt }],
  });
}

/** The story a request body asks for; undefined when it asks for none. */
export function storyOf(body: string): Story | undefined {
  const asked = /story ([a-z]+) parts (\d+) size (\d+) pace (\d+)/.exec(body);
  const [, seed, parts, partSize, paceMs] = asked ?? [];
  if (seed === undefined) return undefined;
  return {
    seed,
    stream: /"stream":true/.test(body),
    parts: Number(parts),
    partSize: Number(partSize),
    paceMs: Number(paceMs),
  };
}

/** Every byte of the reply, stream or whole. */
export function replyText(story: Story): string {
  return story.stream
    ? opening(story) +
        Array.from({ length: story.parts }, (_, i) => delta(story, i)).join('') +
        closing(story)
    : wholeReply(story);
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
    usage: { input_tokens: 10, output_tokens: 1 },
  };
  const block = { type: 'text', text: '' };
  return (
    event({ type: 'message_start', message }) +
    event({ type: 'content_block_start', index: 0, content_block: block })
  );
}

/** The delta at `index`, from 0. */
export function delta({ seed, partSize }: Story, index: number): string {
  const text = words(`${seed}${messagesOf(index + 1)}`, partSize);
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

function wholeReply(story: Story): string {
  const { seed, parts, partSize } = story;
  return JSON.stringify({
    id: `msg_${seed}`,
    type: 'message',
    role: 'assistant',
    model: 'claude-chaos',
    content: [{ type: 'text', text: words(seed, parts * partSize) }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: parts },
  });
}

function event(data: Readonly<Record<string, unknown>> & { readonly type: string }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** Counting in base 26: a name of messages only, which no detector takes for a number of any kind. */
function messagesOf(count: number): string {
  let messages = '';
  for (let rest = count; rest > 0; rest = Math.floor(rest / 26)) messages += LETTERS[rest % 26];
  return `q${messages}`;
}

/** Words enough for any part, some of them not ASCII; parts are cut from it, as that is quick. */
const FILLER = fillerText(128 * 1024);

/** `size` characters of text that begins differently at every place of every story. */
function words(seed: string, size: number): string {
  let start = 7;
  for (const message of seed) start = (start * 31 + message.charCodeAt(0)) % 65_521;
  let text = `${seed} ${FILLER.slice(start)}`;
  while (text.length < size) text += FILLER;
  return text.slice(0, size);
}

function fillerText(size: number): string {
  let state = 7;
  let text = '';
  while (text.length < size) {
    // The minimal standard generator of Park and Miller: the same words in every process.
    state = (state * 48_271) % 2_147_483_647;
    text += `${messagesOf(state % 17_576)}${state % 7 === 0 ? 'é' : ''} `;
  }
  return text;
}
