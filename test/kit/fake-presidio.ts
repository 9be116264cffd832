// A Presidio analyzer that knows a list of names: POST /analyze with one text or a list, offsets in code
// points as Python counts them, unless a test makes it behave otherwise.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Named {
  readonly entity_type: string;
  readonly start: number;
  readonly end: number;
  readonly score: number;
}

export interface FakePresidio extends AsyncDisposable {
  readonly url: string;
  /** The texts of each call, in the order of arrival. */
  readonly calls: readonly (readonly string[])[];
  /** Most calls that were open at the same time. */
  readonly openMax: number;
  /** Calls whose client went away before they were answered. */
  readonly abandoned: number;
}

export interface FakeOptions {
  /** Entity by name to find. */
  readonly names?: Readonly<Record<string, string>>;
  readonly score?: number;
  readonly offsets?: 'code_points' | 'utf16';
  /** Called before each reply. */
  readonly wait?: (call: number) => Promise<void>;
  /** Replies instead of the analyzer; `undefined` lets it reply. */
  readonly reply?: (call: number, texts: readonly string[]) => Reply | undefined;
}

/** `drop` closes the connection without a response. */
export type Reply =
  | { readonly status?: number; readonly body: string; readonly location?: string }
  | 'drop';

export async function startFakePresidio(options: FakeOptions = {}): Promise<FakePresidio> {
  const calls: string[][] = [];
  let open = 0;
  let openMax = 0;
  let abandoned = 0;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { text } = JSON.parse(Buffer.concat(parts).toString()) as { text: string | string[] };
    const texts = typeof text === 'string' ? [text] : text;
    const call = calls.push(texts) - 1;
    openMax = Math.max(openMax, (open += 1));
    response.once('close', () => {
      open -= 1;
      if (!response.writableFinished) abandoned += 1;
    });
    await options.wait?.(call);
    const reply = options.reply?.(call, texts);
    if (reply === 'drop') return void request.socket.destroy();
    if (reply) {
      const head = reply.location ? { location: reply.location } : {};
      return void response.writeHead(reply.status ?? 200, head).end(reply.body);
    }
    const found = texts.map((each) => namesIn(each, options));
    response.end(JSON.stringify(typeof text === 'string' ? found[0] : found));
  }

  const server = createServer(
    (request, response) => void handle(request, response).catch(() => response.destroy()),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    get openMax() {
      return openMax;
    },
    get abandoned() {
      return abandoned;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function namesIn(
  text: string,
  { names = {}, score = 0.85, offsets = 'code_points' }: FakeOptions,
): Named[] {
  const found: Named[] = [];
  for (const [name, entity] of Object.entries(names)) {
    for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
      const start = offsets === 'utf16' ? at : Array.from(text.slice(0, at)).length;
      const length = offsets === 'utf16' ? name.length : Array.from(name).length;
      found.push({ entity_type: entity, start, end: start + length, score });
    }
  }
  return found;
}
