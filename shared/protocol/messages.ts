// What travels between processes: request messages, frames (from workers to the ingress) and controls
// (from the ingress to workers). Plain data, validated where it enters a process; see codec.ts.

import * as z from 'zod';
import type { Body } from './body.ts';
import { ERROR_CODES } from '../errors.ts';
import { PASS_THROUGH_NAMES } from './pass-through.ts';
import { tokenUsageSchema } from '../token-usage.ts';

/** Stages in the order in which a request may pass them. */
export const STAGES = ['scrubber', 'policy', 'rag', 'upstream'] as const;
export type StageName = (typeof STAGES)[number];

/** @throws RangeError for an unknown name */
export function toStage(name: string): StageName {
  const stageName = STAGES.find((known) => known === name);
  if (!stageName) throw new RangeError(`${name} is not a stage`);
  return stageName;
}

const count = z.int().nonnegative();

/** A request message without its body: everything a worker may know about a request. */
export const envelopeSchema = z.strictObject({
  /** The gateway's request id, `req_…`. */
  id: z.string().min(1),
  /** Counts from 1; tells frames of an earlier attempt apart. */
  attempt: z.int().positive(),
  /** Milliseconds left for the request, counted from the receipt of the message. */
  deadlineMs: z.number().positive(),
  /** Index into `routingSlip` of the stage that works on the message. */
  position: count,
  routingSlip: z.array(z.enum(STAGES)).min(1),
  /** Inbox of the ingress that owns the request. */
  replyTo: z.string().min(1),
  team: z.string().exactOptional(),
  /** Name of the key's content policy, unless it is the default one. */
  policy: z.string().exactOptional(),
  /** Whether the response may come from the cache, and how long it is kept there. */
  cache: z
    .strictObject({ ttlMs: z.number().positive(), mode: z.enum(['use', 'refresh', 'bypass']) })
    .exactOptional(),
  /** Collections of the key, and whether the client wants them searched now. */
  rag: z
    .strictObject({ collections: z.array(z.string()).min(1), search: z.boolean() })
    .exactOptional(),
  /** Public id of the key, or of the first key it was rotated from. */
  tenant: z.string(),
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']),
  /** The feature of a request that goes to the upstream as it came; a worker has to know it. */
  passThrough: z.enum(PASS_THROUGH_NAMES).exactOptional(),
  /** Path of the route, and the client's query. */
  path: z.string().startsWith('/'),
  /** Raw header pairs for the upstream, without credentials and hop-by-hop headers. */
  headers: z.array(z.string()),
  model: z.string(),
  stream: z.boolean(),
});

export type Envelope = z.infer<typeof envelopeSchema>;

export interface RequestMessage {
  readonly meta: Readonly<Envelope>;
  readonly body: Body;
}

/** Identifies a sender's sequence of frames: one for each stage of an attempt. */
const sequence = {
  id: z.string().min(1),
  attempt: z.int().positive(),
  position: count,
};

const question = {
  /** Random for each task, so that a message delivered twice is permitted once. */
  lease: z.string().min(1),
  /** Counts the questions of a task; a permit repeats it. */
  question: count,
};

const frameBase = {
  ...sequence,
  /** Counts from 0 within the sequence; `ask` and `heartbeat` repeat the last one. */
  seq: z.int().min(-1),
  /** Inbox of the sender, to which controls go. */
  from: z.string().min(1),
};

/** Calls of the worker to upstreams whose outcome it does not know. */
const unknownCalls = count.exactOptional();

const annotations = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** A frame without its bytes, which `vault`, `retrieval` and `chunk` carry. `more`: continued in the next. */
export const frameMeta = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('accepted'), ...frameBase }),
  /** The scrubber's vault, for the ingress alone. */
  z.strictObject({ kind: z.literal('vault'), ...frameBase, more: z.boolean() }),
  /** The rag worker's retrieval report, for the ingress alone. */
  z.strictObject({ kind: z.literal('retrieval'), ...frameBase, more: z.boolean() }),
  z.strictObject({
    kind: z.literal('pass'),
    ...frameBase,
    tookMs: z.number(),
    /** Bytes of the body that was passed on. */
    bodySize: count,
    annotations: annotations.exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('head'),
    ...frameBase,
    status: z.int(),
    headers: z.array(z.string()),
  }),
  z.strictObject({ kind: z.literal('chunk'), ...frameBase, more: z.boolean() }),
  z.strictObject({
    kind: z.literal('end'),
    ...frameBase,
    tookMs: z.number(),
    annotations,
    usage: tokenUsageSchema.exactOptional(),
    unknownCalls,
  }),
  z.strictObject({
    kind: z.literal('error'),
    ...frameBase,
    /** One of a newer version is still an error. */
    code: z.enum(ERROR_CODES).catch('version_mismatch'),
    message: z.string(),
    details: z.record(z.string(), z.string()).exactOptional(),
    annotations: annotations.exactOptional(),
    /** Of a response that was withheld, but has to be paid. */
    usage: tokenUsageSchema.exactOptional(),
    unknownCalls,
  }),
  /** Asks whether the ingress still waits for this attempt, and permits a call to an upstream. */
  z.strictObject({ kind: z.literal('ask'), ...frameBase, ...question, call: count }),
  z.strictObject({
    kind: z.literal('heartbeat'),
    ...frameBase,
    /** What the worker knows of the message that has blocked its event loop for so long that it hangs. */
    blockedBy: z.enum(['this', 'other', 'unknown']).exactOptional(),
  }),
]);

/**
 * Stands for a frame or control that this version cannot read; never sent. Every version can read the fields
 * of the sequence.
 */
export interface UnreadableMeta extends z.infer<z.ZodObject<typeof sequence>> {
  readonly kind: 'unreadable';
  readonly seq: number;
  /** Empty for a control. */
  readonly from: string;
  /** Release of the sender. */
  readonly sender: string;
  readonly reason: string;
}

export const sequenceSchema = z.object({ ...sequence, from: z.string().default('') });

export type FrameMeta = z.infer<typeof frameMeta>;

/** From the ingress to a sender: consumed up to `seq`, send again from `seq`, stop, or go on with a call. */
export const controlMeta = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.enum(['ack', 'resend', 'cancel']),
    ...sequence,
    seq: z.int().min(-1),
  }),
  /** `mayRepeat`: whether another call may follow this one if its outcome stays unknown. */
  z.strictObject({
    kind: z.literal('permit'),
    ...sequence,
    ...question,
    call: count,
    mayRepeat: z.boolean(),
  }),
]);

export type ControlMeta = z.infer<typeof controlMeta>;
export type AskMeta = Extract<FrameMeta, { kind: 'ask' }>;
export type PermitMeta = Extract<ControlMeta, { kind: 'permit' }>;
/** Controls about the frames of a sequence. */
export type SequenceControl = Exclude<ControlMeta, PermitMeta>;

/** One item in an inbox. */
export interface Message<Meta = FrameMeta | ControlMeta> {
  readonly meta: Meta;
  readonly bytes?: Uint8Array;
}

/** Reports to the ingress, and the only stage that may send each. */
export const REPORT_SENDERS = { vault: 'scrubber', retrieval: 'rag' } as const satisfies Partial<
  Record<FrameMeta['kind'], StageName>
>;
export type ReportKind = keyof typeof REPORT_SENDERS;

export type Frame = Message<FrameMeta>;
export type Control = Message<ControlMeta>;
export type ReceivedFrame = Message<FrameMeta | UnreadableMeta>;
export type ReceivedControl = Message<ControlMeta | UnreadableMeta>;

/** The stage that works on this message. */
export function stageNameOf(meta: Envelope): StageName {
  const stageName = meta.routingSlip[meta.position];
  if (!stageName) throw new RangeError(`position ${meta.position} is beyond the routing slip`);
  return stageName;
}
