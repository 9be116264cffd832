// What travels between workers: messages (a request on its walk), frames (its answer coming home) and
// controls (what the ingress tells the worker that holds a message). Plain data, validated by zod where
// it enters a process; the wire form is in `wire.ts`.

import * as z from 'zod';
import type { Body } from './body.ts';
import { ERROR_CODES } from '../errors.ts';
import { tokenUsageSchema } from '../metering/token-usage.ts';

/** Workers in the order a request may walk them. */
export const STAGES = ['scrubber', 'policy', 'rag', 'upstream'] as const;
export type StageName = (typeof STAGES)[number];

const count = z.int().nonnegative();

/** A message without its body: everything a worker may know of a request. */
export const envelopeSchema = z.strictObject({
  /** The gateway's request id, `req_…`. */
  id: z.string().min(1),
  /** 1 for the first try; a re-dispatch counts up, so late frames of an older try are told apart. */
  attempt: z.int().positive(),
  /** Index into `routing slip` of the worker that is to work on the message. */
  position: count,
  routingSlip: z.array(z.enum(STAGES)).min(1),
  /** Inbox of the ingress that owns the request. */
  replyTo: z.string().min(1),
  /** Team of the key, if it has one. */
  team: z.string().exactOptional(),
  /** Name of the content policy for the key, where it is not the default one. */
  policy: z.string().exactOptional(),
  /** Whether its answer may be one that was given before, and how long it may be given again. */
  cache: z
    .strictObject({ ttlMs: z.number().positive(), mode: z.enum(['use', 'refresh', 'bypass']) })
    .exactOptional(),
  /** Collections its key is answered from, and whether the client wants them to be searched now. */
  rag: z
    .strictObject({ collections: z.array(z.string()).min(1), search: z.boolean() })
    .exactOptional(),
  /** Public id of the key that sent the request, or of the one it was rotated from. */
  tenant: z.string(),
  method: z.enum(['GET', 'POST']),
  /** Path and query as the client sent them. */
  path: z.string().startsWith('/'),
  /** Raw header pairs for the upstream: credentials and position-by-position headers are already gone. */
  headers: z.array(z.string()),
  model: z.string(),
  stream: z.boolean(),
});

export type Envelope = z.infer<typeof envelopeSchema>;

export interface RequestMessage {
  readonly meta: Readonly<Envelope>;
  readonly body: Body;
}

/** Identifies the sender's sequence of frames: one for each worker an attempt has been in. */
const sequence = {
  id: z.string().min(1),
  attempt: z.int().positive(),
  position: count,
};

const frameBase = {
  ...sequence,
  /** Position in the sender's sequence, from 0; a `heartbeat` repeats the last one given out. */
  seq: z.int().min(-1),
  /** Inbox of the sender, where controls go. */
  from: z.string().min(1),
};

const annotations = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** A frame without its bytes (`vault` and `chunk` carry some). */
export const frameMeta = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('accepted'), ...frameBase }),
  /**
   * What only the ingress may know: the scrubber's vault, or what the rag worker has put in. `more`: it
   * goes on in the next one.
   */
  z.strictObject({ kind: z.literal('vault'), ...frameBase, more: z.boolean() }),
  z.strictObject({
    kind: z.literal('pass'),
    ...frameBase,
    tookMs: z.number(),
    annotations: annotations.exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('head'),
    ...frameBase,
    status: z.int(),
    headers: z.array(z.string()),
  }),
  /** `more`: the bytes stop inside an event, the next chunk goes on with it. */
  z.strictObject({ kind: z.literal('chunk'), ...frameBase, more: z.boolean() }),
  z.strictObject({
    kind: z.literal('end'),
    ...frameBase,
    tookMs: z.number(),
    annotations,
    usage: tokenUsageSchema.exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('error'),
    ...frameBase,
    code: z.enum(ERROR_CODES),
    message: z.string(),
    details: z.record(z.string(), z.string()).exactOptional(),
    annotations: annotations.exactOptional(),
    /** Of a response that was withheld, but has to be paid. */
    usage: tokenUsageSchema.exactOptional(),
  }),
  z.strictObject({ kind: z.literal('heartbeat'), ...frameBase }),
]);

export type FrameMeta = z.infer<typeof frameMeta>;

/** What the ingress tells a sender: consumed up to `seq`, send again from `seq`, or give up. */
export const controlMeta = z.strictObject({
  kind: z.enum(['ack', 'resend', 'cancel']),
  ...sequence,
  seq: z.int().min(-1),
});

export type ControlMeta = z.infer<typeof controlMeta>;

/** One item in a inbox. */
export interface Message<Meta = FrameMeta | ControlMeta> {
  readonly meta: Meta;
  readonly bytes?: Uint8Array;
}

export type Frame = Message<FrameMeta>;
export type Control = Message<ControlMeta>;

/** The worker that is to work on this message. */
export function stageNameOf(meta: Envelope): StageName {
  const stageName = meta.routingSlip[meta.position];
  if (!stageName) throw new RangeError(`hop ${meta.position} is beyond the itinerary`);
  return stageName;
}
