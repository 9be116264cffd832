// The bus inside one process: messages are function calls, messages are microtasks. With `serialise`
// everything passes through the wire form, so that a test finds what would not survive a network.

import { HeldBody } from '../protocol/body.ts';
import {
  stageNameOf,
  type RequestMessage,
  type Message,
  type StageName,
} from '../protocol/messages.ts';
import { randomText } from '../runtime/ids.ts';
import {
  CONTROLS,
  decodeEnvelope,
  decodeBatch,
  encodeEnvelope,
  encodeBatch,
  FRAMES,
} from '../protocol/codec.ts';
import type { Bus, Inbox, Topic, Receive, Subscription, Accept } from './bus.ts';

export interface EmbeddedBusOptions {
  /** Told of anything a receiver throws; one bad message must not stop the others. */
  readonly onError: (error: unknown) => void;
  readonly serialise?: boolean;
}

export function createEmbeddedBus({ onError, serialise = false }: EmbeddedBusOptions): Bus {
  const acceptorsByStage = new Map<StageName, Accept[]>();
  const receiverByAddress = new Map<string, Receive>();
  const listeners = new Map<symbol, { topic: Topic; heard: () => void }>();
  let turn = 0;

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

    async open(owner, receive): Promise<Inbox> {
      const address = `embedded.${owner}.${randomText(12)}`;
      receiverByAddress.set(address, receive);
      return {
        address,
        async close() {
          receiverByAddress.delete(address);
        },
      };
    },

    post(address, sender, item) {
      const sent = serialise ? itemThroughWire(item) : item;
      queueMicrotask(() => {
        try {
          receiverByAddress.get(address)?.(sent, sender);
        } catch (error) {
          onError(error);
        }
      });
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
      receiverByAddress.clear();
      listeners.clear();
    },
  };
}

async function throughWire(message: RequestMessage): Promise<RequestMessage> {
  const { meta } = decodeEnvelope(encodeEnvelope(message.meta));
  const bytes = await message.body.read(AbortSignal.abort());
  return { meta, body: new HeldBody(Uint8Array.from(bytes)) };
}

function itemThroughWire(item: Message): Message {
  const message = encodeBatch([item]);
  const isFrame = 'from' in item.meta;
  const [copy] = isFrame ? decodeBatch(message, FRAMES) : decodeBatch(message, CONTROLS);
  if (!copy) throw new RangeError('a parcel was lost in its own wire form');
  return copy;
}
