// The bus port: hands messages to workers and messages to inboxes. Delivery is at most once and in
// order per sender; whoever needs more (frame writers and readers, the supervisor) builds it above.

import type { Control, Frame, RequestMessage, StageName } from '../protocol/messages.ts';

/**
 * What became of a message: a worker took it, every worker asked was full, no worker is there, or
 * none answered in time (it may have been taken all the same).
 */
export type Delivery = 'accepted' | 'busy' | 'no_responders' | 'timeout';

/** Says at once whether this worker takes the message; work goes on after the return. */
export type Accept = (message: RequestMessage) => 'accepted' | 'busy';

/** Receives the frames of an ingress; the bus vouches for `sender`. */
export type ReceiveFrame = (frame: Frame, sender: StageName) => void;

/** Receives the controls of a worker; the bus vouches that an ingress sent them. */
export type ReceiveControl = (control: Control) => void;

export interface Subscription {
  /** Leaves the group: no message arrives after the promise resolves. */
  stop(): Promise<void>;
}

export interface Inbox {
  readonly address: string;
  close(): Promise<void>;
}

/**
 * How long a message may wait for company: `now` leaves at once and takes along what waits, `soon`
 * within `limits.windowMs`, `late` within `limits.lateMs`, for what nobody waits for.
 */
export type Flush = 'immediate' | 'batched' | 'lazy';

/** What processes tell each other that is about no request. */
export type Topic = 'policies';

export interface Bus extends AsyncDisposable {
  /** Joins the group of workers of `worker`; each message goes to one of them. */
  serve(stageName: StageName, take: Accept): Promise<Subscription>;
  /** Hands a message to one worker of the worker that the message names. Never rejects. */
  send(message: RequestMessage): Promise<Delivery>;
  /** Opens an inbox to which workers post frames. */
  openIngressInbox(receive: ReceiveFrame): Promise<Inbox>;
  /** Opens an inbox to which ingresses post controls. */
  openWorkerInbox(stageName: StageName, receive: ReceiveControl): Promise<Inbox>;
  /** Posts to an ingress in the name of a stage; lost silently when nobody is there. */
  postFrame(address: string, sender: StageName, frame: Frame, flush: Flush): void;
  /** Posts to a worker in the name of the ingress; lost silently when nobody is there. */
  postControl(address: string, control: Control, flush: Flush): void;
  /** Tells all who listen, in this process and in others; whoever is away does not hear of it. */
  publish(topic: Topic): void;
  subscribe(topic: Topic, heard: () => void): Promise<Subscription>;
  /** Whether anybody serves the worker now, asked afresh. */
  hasWorkers(stageName: StageName): Promise<boolean>;
  /** Gives up what this process still holds for a request, such as a big body. */
  release(requestId: string): void;
  /** Whether messages can pass at this moment; silence while they cannot proves nothing. */
  connected(): boolean;
}
