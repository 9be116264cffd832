// The bus port: sends requests to stage workers and posts messages to inboxes. Delivery is at most
// once and in order per sender; frame writers and readers add reliability on top.

import type {
  Control,
  Envelope,
  Frame,
  ReceivedControl,
  ReceivedFrame,
  RequestMessage,
  StageName,
} from '../protocol/messages.ts';

/**
 * - `accepted`: a worker accepted the request.
 * - `busy`: every worker asked is at capacity.
 * - `no_responders`: no worker is running.
 * - `timeout`: no worker replied in time; one may have accepted the request anyway.
 * - `disconnected`: the broker does not respond; a worker may accept the request later.
 * - `unreadable by 0.2.0`: a worker of that release does not understand the request.
 */
export type Delivery =
  | 'accepted'
  | 'busy'
  | 'no_responders'
  | 'timeout'
  | 'disconnected'
  | `unreadable by ${string}`;

/**
 * Decides synchronously whether this worker accepts the request. Processing begins once `replied` resolves,
 * at once if absent, so that the reply is sent even if the request crashes this process.
 */
export type Accept = (message: RequestMessage, replied?: Promise<void>) => 'accepted' | 'busy';

/** Receives the frames of an ingress; the bus vouches for `sender`. */
export type ReceiveFrame = (frame: ReceivedFrame, sender: StageName) => void;

/** Receives the controls of a worker; the bus vouches that an ingress sent them. */
export type ReceiveControl = (control: ReceivedControl) => void;

export interface Subscription {
  /** Unsubscribes; nothing arrives after the promise resolves. */
  stop(): Promise<void>;
}

export interface Inbox {
  readonly address: string;
  close(): Promise<void>;
}

/**
 * How long a message may wait to be batched: `immediate` flushes the batch, `batched` waits up to
 * `limits.bus.batchWindowMs`, `lazy` up to `limits.bus.lazyWindowMs`.
 */
export type Flush = 'immediate' | 'batched' | 'lazy';

/** A message in work, whose heartbeats the bus sends while the event loop of this process is blocked. */
export interface WorkWatch {
  /** Runs the work; what it starts counts as this message's. */
  run<Result>(work: () => Result): Result;
  /** Call when nothing is left to do for the message. */
  end(): void;
}

/** Of a bus within one process: its ingress is blocked as well and counts no silence. */
export const UNWATCHED: WorkWatch = { run: (work) => work(), end() {} };

/** Events between processes that belong to no request. */
export type Topic = 'policies';

export interface Bus extends AsyncDisposable {
  /** Joins the queue group of a stage; each request goes to one member. */
  serve(stage: StageName, accept: Accept): Promise<Subscription>;
  /** Sends a request to one worker of its current stage. Never rejects. */
  send(message: RequestMessage): Promise<Delivery>;
  /** Opens an inbox to which workers post frames. */
  openIngressInbox(receive: ReceiveFrame): Promise<Inbox>;
  /** Opens an inbox to which ingresses post controls. */
  openWorkerInbox(stageName: StageName, receive: ReceiveControl): Promise<Inbox>;
  /** Posts to an ingress in the name of a stage; dropped silently if nobody receives it. */
  postFrame(address: string, sender: StageName, frame: Frame, flush: Flush): void;
  /** Posts to a worker in the name of the ingress; dropped silently if nobody receives it. */
  postControl(address: string, control: Control, flush: Flush): void;
  /** Watches a message that a worker accepted. @param from inbox of the worker */
  watchWork(meta: Envelope, stageName: StageName, from: string): WorkWatch;
  /** Notifies all subscribers, in this and other processes; a disconnected process misses it. */
  publish(topic: Topic): void;
  subscribe(topic: Topic, onEvent: () => void): Promise<Subscription>;
  /** Whether a worker of the stage is running; checked on every call. */
  hasWorkers(stage: StageName): Promise<boolean>;
  /** Releases what this process holds for a request, such as a claimed body. */
  release(requestId: string): void;
  /** Whether messages can pass now. While they cannot, silence says nothing about workers. */
  connected(): boolean;
}
