// The bus port: hands messages to workers and messages to inboxes. Delivery is at most once and in
// order per sender; whoever needs more (frame writers and readers, the supervisor) builds it above.

import type { RequestMessage, Message, StageName } from '../protocol/messages.ts';

/**
 * What became of a message: a worker took it, every worker asked was full, no worker is there, or
 * none answered in time (it may have been taken all the same).
 */
export type Delivery = 'accepted' | 'busy' | 'no_responders' | 'timeout';

/** Says at once whether this worker takes the message; work goes on after the return. */
export type Accept = (message: RequestMessage) => 'accepted' | 'busy';

/** Receives what was posted to a inbox. `sender` is the worker the bus vouches for, if any. */
export type Receive = (item: Message, sender: StageName | 'ingress') => void;

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
  /** Opens a inbox for the ingress or for a worker's controls. */
  open(owner: StageName | 'ingress', receive: Receive): Promise<Inbox>;
  /** Posts to a inbox in the name of `sender`; lost silently when nobody is there. */
  post(address: string, sender: StageName | 'ingress', item: Message, flush: Flush): void;
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
