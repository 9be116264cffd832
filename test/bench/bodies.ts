// Chat requests of a given size, the same on every run: a long conversation of text blocks with the
// quotes and line ends that real ones have. ASCII only, which is the cheapest for whoever parses: the
// floor with characters above 127 costs twice as much, and would make llmp look better than it is.

export const SIZES = { '1kb': 1_000, '20kb': 20_000, '200kb': 200_000, '1mb': 1_000_000 } as const;
export type SizeName = keyof typeof SIZES;

const SENTENCE =
  'Please compare the two proposals, "north" and "south", line by line:\n\tcost, risk, who asked.\n';

/** A /v1/messages body of about `bytes` bytes, never above it by more than one turn. */
export function chatBody(bytes: number, stream = false): Buffer {
  const turnBytes = Math.min(4_000, bytes / 2);
  const text = SENTENCE.repeat(Math.max(1, Math.floor(turnBytes / Buffer.byteLength(SENTENCE))));
  const messages: unknown[] = [];
  const body = { model: 'claude-haiku-4-5', max_tokens: 1_024, stream, messages };
  for (let size = 100; size < bytes; size += Buffer.byteLength(JSON.stringify(messages.at(-1)))) {
    const role = messages.length % 2 === 0 ? 'user' : 'assistant';
    messages.push({ role, content: [{ type: 'text', text: `${messages.length}. ${text}` }] });
  }
  return Buffer.from(JSON.stringify(body));
}
