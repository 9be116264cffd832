// The bus inside one process: messages are function calls, messages are microtasks. With `serialise`
// everything passes through the wire form, so that a test finds what would not survive a network.

import { HeldBody } from '../protocol/body.ts';
import { stageNameOf, type RequestMessage, type StageName } from '../protocol/messages.ts';
import { randomText } from '../runtime/ids.ts';
import {
  CONTROLS,
  decodeEnvelope,
  decodeBatch,
  encodeEnvelope,
  encodeBatch,
  FRAMES,
} from '../protocol/codec.ts';
import type {
  Accept,
  Bus,
  Inbox,
  ReceiveControl,
  ReceiveFrame,
  Subscription,
  Topic,
} from './bus.ts';

export interface EmbeddedBusOptions {
  /** Told of anything a receiver throws; one bad message must not stop the others. */
  readonly onError: (error: unknown) => void;
  readonly serialise?: boolean;
}

export function createEmbeddedBus({ onError, serialise = false }: EmbeddedBusOptions): Bus {
  const acceptorsByStage = new Map<StageName, Accept[]>();
  const frameReceivers = new Map<string, ReceiveFrame>();
  const controlReceivers = new Map<string, ReceiveControl>();
  const listeners = new Map<symbol, { topic: Topic; heard: () => void }>();
  let turn = 0;
  const deliver = (receive: () => void) =>
    queueMicrotask(() => {
      try {
        receive();
      } catch (error) {
        onError(error);
      }
    });

  return {
    async serve(stageName, take): Promise<Subscription> {
      const acceptors = acceptorsByStage.get(stageName) ?? [];
      acceptorsByStage.set(stageName, [...acceptors, take]);
      return {
        async stop() {
          const rest = (acceptorsByStage.get(stageName) ?? []).filter((other) => other !== take);
          acceptorsByStage.set(stageName, rest);
        },
      };
    },

    async send(message) {
      const acceptors = acceptorsByStage.get(stageNameOf(message.meta)) ?? [];
      if (acceptors.length === 0) return 'no_responders';
      turn += 1;
      for (let asked = 0; asked < acceptors.length; asked += 1) {
        const take = acceptors[(turn + asked) % acceptors.length];
        try {
          if (take?.(serialise ? await throughWire(message) : message) === 'accepted')
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
      const sent = serialise ? only(decodeBatch(encodeBatch([frame]), FRAMES)) : frame;
      deliver(() => frameReceivers.get(address)?.(sent, sender));
    },

    postControl(address, control) {
      const sent = serialise ? only(decodeBatch(encodeBatch([control]), CONTROLS)) : control;
      deliver(() => controlReceivers.get(address)?.(sent));
    },

    publish(topic) {
      for (const listener of listeners.values()) {
        if (listener.topic === topic) queueMicrotask(listener.heard);
      }
    },

    async subscribe(topic, heard) {
      const listener = Symbol(topic);
      listeners.set(listener, { topic, heard });
      return {
        async stop() {
          listeners.delete(listener);
        },
      };
    },

    async hasWorkers(stageName) {
      return (acceptorsByStage.get(stageName)?.length ?? 0) > 0;
    },

    connected: () => true,
    release() {},

    async [Symbol.asyncDispose]() {
      acceptorsByStage.clear();
      frameReceivers.clear();
      controlReceivers.clear();
      listeners.clear();
    },
  };
}

async function throughWire(message: RequestMessage): Promise<RequestMessage> {
  const { meta } = decodeEnvelope(encodeEnvelope(message.meta));
  const bytes = await message.body.read(AbortSignal.abort());
  return { meta, body: new HeldBody(Uint8Array.from(bytes)) };
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
