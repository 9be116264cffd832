// The mixed load of the soak: weighted kinds of requests, each with its expected response. Add a row here
// for every new way a request can end.

import type { Pool } from 'undici';
import { seeded, type Chance } from '../../kit/seeded.ts';
import { chatBodies } from '../bodies.ts';
import { conversationTurns } from '../conversation.ts';
import type { Candidate } from '../candidates.ts';

interface Kind {
  readonly name: string;
  /** In percent. */
  readonly share: number;
  readonly body: (chance: Chance) => Buffer | string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Number of chunks after which the client disconnects. */
  readonly disconnectsAfter?: number;
  readonly isExpected: (status: number, text: string, cache: string) => boolean;
}

const ECHO = { 'x-bench-echo': '1' };
const STREAM = { ...ECHO, 'x-bench-events': '30', 'x-bench-gap-ms': '3' };
/** The request's own address rather than its placeholder. */
const isRestored = (text: string) => /ann\.[a-j]{10}@/.test(text) && !text.includes('PII_');

/** Number of bodies that repeat. */
const REPEATED = 40;

const small = chatBodies(2_000);
const large = chatBodies(60_000);
const streamed = chatBodies(4_000, { stream: true });
const nextTurn = conversationTurns(30);
const repeated = Array.from({ length: REPEATED }, () => small.fresh());
const failing = (status: number, share: number): Kind => ({
  name: `upstream status ${status}`,
  share,
  body: small.fresh,
  headers: { 'x-bench-status': String(status) },
  isExpected: (given) => given === status,
});

export const KINDS: readonly Kind[] = [
  {
    name: 'small',
    share: 20,
    body: small.fresh,
    headers: ECHO,
    isExpected: (status, text, cache) => status === 200 && isRestored(text) && cache === 'miss',
  },
  {
    name: 'large',
    share: 8,
    body: large.fresh,
    headers: ECHO,
    isExpected: (status, text) => status === 200 && isRestored(text),
  },
  {
    name: 'turn of a conversation',
    share: 8,
    body: nextTurn,
    isExpected: (status, text) => status === 200 && text.endsWith('}'),
  },
  {
    name: 'repeated',
    share: 12,
    body: (chance) => repeated[chance(REPEATED)] ?? '',
    headers: ECHO,
    isExpected: (status, text, cache) => status === 200 && isRestored(text) && cache !== 'bypass',
  },
  {
    name: 'stream',
    share: 18,
    body: streamed.fresh,
    headers: STREAM,
    isExpected: (status, text) =>
      status === 200 && isRestored(text) && text.endsWith('"message_stop"}\n\n'),
  },
  {
    name: 'stream with a disconnecting client',
    share: 12,
    body: streamed.fresh,
    headers: STREAM,
    disconnectsAfter: 4,
    isExpected: (status) => status === 200,
  },
  {
    name: 'token count',
    share: 8,
    body: small.fresh,
    path: '/v1/messages/count_tokens',
    isExpected: (status, text) => status === 200 && text.includes('input_tokens'),
  },
  failing(400, 2),
  failing(429, 2),
  failing(500, 2),
  failing(529, 2),
  {
    name: 'invalid JSON',
    share: 3,
    body: () => '{"model": "claude-haiku-4-5", "messages": [}',
    isExpected: (status) => status === 400,
  },
  {
    name: 'blocked by a rule',
    share: 3,
    body: () =>
      JSON.stringify({
        model: 'claude-haiku-4-5',
        max_tokens: 9,
        messages: [{ role: 'user', content: 'What is project 3 codename 4?' }],
      }),
    isExpected: (status, text) => status === 400 && text.includes('policy_blocked'),
  },
];

export type Counts = ReadonlyMap<string, number>;

/** Clients that send requests one after another and can be paused between two. */
export class Crowd implements AsyncDisposable {
  readonly counts = new Map(KINDS.map(({ name }) => [name, 0]));
  readonly #pool: Pool;
  readonly #candidate: Candidate;
  readonly #clients: Promise<unknown>;
  #active = 0;
  #isDone = false;
  #gate = Promise.withResolvers<void>();
  #paused = Promise.withResolvers<void>();
  #failed: unknown;

  constructor(pool: Pool, candidate: Candidate, clients: number) {
    this.#pool = pool;
    this.#candidate = candidate;
    this.#gate.resolve();
    const client = (_: unknown, seed: number) => this.#runClient(seeded(seed));
    this.#clients = Promise.all(Array.from({ length: clients }).map(client));
    this.#clients.catch((error: unknown) => {
      this.#failed = error;
    });
  }

  /** Runs `work` while no client is active; rejects if a response was wrong. */
  async whileQuiet<Value>(work: () => Promise<Value>): Promise<Value> {
    this.#gate = Promise.withResolvers();
    this.#paused = Promise.withResolvers();
    if (this.#active > 0 && this.#failed === undefined) await this.#paused.promise;
    if (this.#failed !== undefined) await this.#clients;
    const done = await work();
    this.#gate.resolve();
    return done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDone = true;
    this.#gate.resolve();
    await this.#clients.catch(() => {});
  }

  async #runClient(chance: Chance): Promise<void> {
    for (;;) {
      await this.#gate.promise;
      if (this.#isDone) return;
      const kind = pickKind(chance);
      this.#active += 1;
      try {
        await sendOne(this.#pool, this.#candidate, kind, chance);
      } catch (error) {
        this.#failed ??= error;
        throw error;
      } finally {
        this.#active -= 1;
        if (this.#active === 0 || this.#failed !== undefined) this.#paused.resolve();
      }
      this.counts.set(kind.name, (this.counts.get(kind.name) ?? 0) + 1);
    }
  }
}

function pickKind(chance: Chance): Kind {
  let left = chance(KINDS.reduce((sum, { share }) => sum + share, 0));
  const kind = KINDS.find(({ share }) => (left -= share) < 0);
  if (!kind) throw new RangeError('the shares do not add up');
  return kind;
}

async function sendOne(
  pool: Pool,
  { headers }: Candidate,
  kind: Kind,
  chance: Chance,
): Promise<void> {
  const response = await pool.request({
    path: kind.path ?? '/v1/messages',
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', ...kind.headers },
    body: kind.body(chance),
  });
  const chunks: Buffer[] = [];
  for await (const chunk of response.body) {
    chunks.push(chunk as Buffer);
    // Leaving the loop destroys the body and its connection.
    if (chunks.length === kind.disconnectsAfter) break;
  }
  const text = Buffer.concat(chunks).toString();
  if (!kind.isExpected(response.statusCode, text, String(response.headers['x-llmp-cache']))) {
    throw new Error(`${kind.name}: ${response.statusCode} ${text.slice(0, 2_000)}`);
  }
}
