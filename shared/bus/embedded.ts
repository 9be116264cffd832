// The bus inside one process: letters are function calls, parcels are microtasks. With `serialise`
// everything passes through the wire form, so that a test finds what would not survive a network.

import { HeldBody } from '../protocol/body.ts';
import { roomOf, type Letter, type Parcel, type Room } from '../protocol/messages.ts';
import { randomText } from '../runtime/ids.ts';
import {
  CONTROLS,
  decodeLetter,
  decodeParcels,
  encodeLetter,
  encodeParcels,
  FRAMES,
} from '../protocol/codec.ts';
import type { Bus, Mailbox, News, Receive, Served, Take } from './bus.ts';

export interface EmbeddedBusOptions {
  /** Told of anything a receiver throws; one bad parcel must not stop the others. */
  readonly fault: (error: unknown) => void;
  readonly serialise?: boolean;
}

export function createEmbeddedBus({ fault, serialise = false }: EmbeddedBusOptions): Bus {
  const takersByRoom = new Map<Room, Take[]>();
  const receiverByAddress = new Map<string, Receive>();
  const listeners = new Map<symbol, { news: News; heard: () => void }>();
  let turn = 0;

  return {
    async serve(room, take): Promise<Served> {
      const takers = takersByRoom.get(room) ?? [];
      takersByRoom.set(room, [...takers, take]);
      return {
        async stop() {
          const rest = (takersByRoom.get(room) ?? []).filter((other) => other !== take);
          takersByRoom.set(room, rest);
        },
      };
    },

    async send(letter) {
      const takers = takersByRoom.get(roomOf(letter.meta)) ?? [];
      if (takers.length === 0) return 'absent';
      turn += 1;
      for (let asked = 0; asked < takers.length; asked += 1) {
        const take = takers[(turn + asked) % takers.length];
        try {
          if (take?.(serialise ? await throughWire(letter) : letter) === 'taken') return 'taken';
        } catch (error) {
          fault(error);
          return 'unknown';
        }
      }
      return 'busy';
    },

    async open(owner, receive): Promise<Mailbox> {
      const address = `embedded.${owner}.${randomText(12)}`;
      receiverByAddress.set(address, receive);
      return {
        address,
        async close() {
          receiverByAddress.delete(address);
        },
      };
    },

    post(address, sender, parcel) {
      const sent = serialise ? parcelThroughWire(parcel) : parcel;
      queueMicrotask(() => {
        try {
          receiverByAddress.get(address)?.(sent, sender);
        } catch (error) {
          fault(error);
        }
      });
    },

    announce(news) {
      for (const listener of listeners.values()) {
        if (listener.news === news) queueMicrotask(listener.heard);
      }
    },

    async listen(news, heard) {
      const listener = Symbol(news);
      listeners.set(listener, { news, heard });
      return {
        async stop() {
          listeners.delete(listener);
        },
      };
    },

    async attended(room) {
      return (takersByRoom.get(room)?.length ?? 0) > 0;
    },

    connected: () => true,
    release() {},

    async [Symbol.asyncDispose]() {
      takersByRoom.clear();
      receiverByAddress.clear();
      listeners.clear();
    },
  };
}

async function throughWire(letter: Letter): Promise<Letter> {
  const { meta } = decodeLetter(encodeLetter(letter.meta));
  const bytes = await letter.body.read(AbortSignal.abort());
  return { meta, body: new HeldBody(Uint8Array.from(bytes)) };
}

function parcelThroughWire(parcel: Parcel): Parcel {
  const message = encodeParcels([parcel]);
  const isFrame = 'from' in parcel.meta;
  const [copy] = isFrame ? decodeParcels(message, FRAMES) : decodeParcels(message, CONTROLS);
  if (!copy) throw new RangeError('a parcel was lost in its own wire form');
  return copy;
}
