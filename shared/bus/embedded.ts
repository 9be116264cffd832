// The bus within one process: requests are function calls, messages are microtasks.

import { encodeBatch } from '../protocol/batch.ts';
import { RequestBody } from '../protocol/body.ts';
import { stageNameOf, type RequestMessage, type StageName } from '../protocol/messages.ts';
import { randomText } from '../runtime/ids.ts';
import {
  CONTROLS,
  decodeEnvelope,
  decodeBatch,
  encodeEnvelope,
  FRAMES,
} from '../protocol/codec.ts';
import {
  UNWATCHED,
  type Accept,
  type Bus,
  type Inbox,
  type ReceiveControl,
  type ReceiveFrame,
  type Subscription,
  type Topic,
} from './bus.ts';

export interface EmbeddedBusOptions {
  /** Called with anything a receiver throws. */
  readonly onError: (error: unknown) => void;
  /** Encodes and decodes everything, so that tests detect what would not survive a network. */
  readonly serialise?: boolean;
}

export function createEmbeddedBus({ onError, serialise = false }: EmbeddedBusOptions): Bus {
  const acceptorsByStage = new Map<StageName, Accept[]>();
  const frameReceivers = new Map<string, ReceiveFrame>();
  const controlReceivers = new Map<string, ReceiveControl>();
  const subscribers = new Map<symbol, { topic: Topic; onEvent: () => void }>();
  let sent = 0;
  const deliver = (receive: () => void) =>
    queueMicrotask(() => {
      try {
        receive();
      } catch (error) {
        onError(error);
      }
    });

  return {
    async serve(stage, accept): Promise<Subscription> {
      const acceptors = acceptorsByStage.get(stage) ?? [];
      acceptorsByStage.set(stage, [...acceptors, accept]);
      return {
        async stop() {
          const rest = (acceptorsByStage.get(stage) ?? []).filter((other) => other !== accept);
          acceptorsByStage.set(stage, rest);
        },
      };
    },

    async send(message) {
      const acceptors = acceptorsByStage.get(stageNameOf(message.meta)) ?? [];
      if (acceptors.length === 0) return 'no_responders';
      sent += 1;
      for (let offset = 0; offset < acceptors.length; offset += 1) {
        const accept = acceptors[(sent + offset) % acceptors.length];
        try {
          if (accept?.(serialise ? await requestThroughWire(message) : message) === 'accepted')
            return 'accepted';
        } catch (error) {
          onError(error);
          return 'timeout';
        }
      }
      return 'busy';
    },

    openIngressInbox: async (receive) => inbox('ingress', frameReceivers, receive),
    openWorkerInbox: async (stageName, receive) => inbox(stageName, controlReceivers, receive),

    postFrame(address, sender, frame) {
      const posted = serialise ? only(decodeBatch(encodeBatch([frame]), FRAMES)) : frame;
      deliver(() => frameReceivers.get(address)?.(posted, sender));
    },

    postControl(address, control) {
      const posted = serialise ? only(decodeBatch(encodeBatch([control]), CONTROLS)) : control;
      deliver(() => controlReceivers.get(address)?.(posted));
    },

    watchWork: () => UNWATCHED,

    publish(topic) {
      for (const subscriber of subscribers.values()) {
        if (subscriber.topic === topic) queueMicrotask(subscriber.onEvent);
      }
    },

    async subscribe(topic, onEvent) {
      const key = Symbol(topic);
      subscribers.set(key, { topic, onEvent });
      return {
        async stop() {
          subscribers.delete(key);
        },
      };
    },

    async hasWorkers(stage) {
      return (acceptorsByStage.get(stage)?.length ?? 0) > 0;
    },

    connected: () => true,
    release() {},

    async [Symbol.asyncDispose]() {
      acceptorsByStage.clear();
      frameReceivers.clear();
      controlReceivers.clear();
      subscribers.clear();
    },
  };
}

async function requestThroughWire(message: RequestMessage): Promise<RequestMessage> {
  const { meta } = decodeEnvelope(encodeEnvelope(message.meta));
  const { bytes } = await message.body.read(AbortSignal.abort());
  message.body.dropParsed();
  return { meta, body: new RequestBody(Uint8Array.from(bytes)) };
}

function inbox<Receive>(
  owner: StageName | 'ingress',
  receivers: Map<string, Receive>,
  receive: Receive,
): Inbox {
  const address = `embedded.${owner}.${randomText(12)}`;
  receivers.set(address, receive);
  return {
    address,
    async close() {
      receivers.delete(address);
    },
  };
}

function only<Item>([item]: readonly Item[]): Item {
  if (item === undefined) throw new RangeError('an item was lost in its own wire form');
  return item;
}
