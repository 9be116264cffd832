// Co-location: a bus over two buses. What is hosted or opened in this process is reached by a
// function call, everything else through the network; neither side of a call can tell.

import { roomOf, type Room } from '../protocol/messages.ts';
import type { Bus } from './bus.ts';

/**
 * A room served here is also served to the network, so other processes may use it. A local worker
 * that is full is passed over: the letter then goes to the network's other workers.
 */
export function createHop(local: Bus, network: Bus): Bus {
  const localAddresses = new Map<string, string>();
  const servedHere = new Set<Room>();

  return {
    async serve(room, take) {
      servedHere.add(room);
      const here = await local.serve(room, take);
      const there = await network.serve(room, take);
      return {
        async stop() {
          await Promise.all([here.stop(), there.stop()]);
        },
      };
    },

    async send(letter) {
      if (servedHere.has(roomOf(letter.meta))) {
        const delivery = await local.send(letter);
        if (delivery === 'taken') return delivery;
      }
      return await network.send(letter);
    },

    /** One address, known on the network; posts from this process take the short way. */
    async open(owner, receive) {
      const here = await local.open(owner, receive);
      const there = await network.open(owner, receive);
      localAddresses.set(there.address, here.address);
      return {
        address: there.address,
        async close() {
          localAddresses.delete(there.address);
          await Promise.all([here.close(), there.close()]);
        },
      };
    },

    post(address, sender, parcel, urgency) {
      const here = localAddresses.get(address);
      if (here) local.post(here, sender, parcel, urgency);
      else network.post(address, sender, parcel, urgency);
    },

    // The network brings it back to this process, too.
    announce: (news) => network.announce(news),
    listen: (news, heard) => network.listen(news, heard),

    async attended(room) {
      return (await local.attended(room)) || (await network.attended(room));
    },

    connected: () => network.connected(),

    release(requestId) {
      local.release(requestId);
      network.release(requestId);
    },

    async [Symbol.asyncDispose]() {
      await local[Symbol.asyncDispose]();
      await network[Symbol.asyncDispose]();
    },
  };
}
