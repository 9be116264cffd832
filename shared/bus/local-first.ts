// Co-location: a bus over two buses. What is hosted or opened in this process is reached by a
// function call, everything else through the network; neither side of a call can tell.

import { stageNameOf, type StageName } from '../protocol/messages.ts';
import type { Bus, Inbox } from './bus.ts';

/**
 * A worker served here is also served to the network, so other processes may use it. A local worker
 * that is full is passed over: the message then goes to the network's other workers.
 */
export function createLocalFirstBus(local: Bus, network: Bus): Bus {
  const localAddresses = new Map<string, string>();
  const servedHere = new Set<StageName>();

  /** One address, known on the network; posts from this process take the short way. */
  const open = async (openOn: (bus: Bus) => Promise<Inbox>): Promise<Inbox> => {
    const here = await openOn(local);
    const there = await openOn(network);
    localAddresses.set(there.address, here.address);
    return {
      address: there.address,
      async close() {
        localAddresses.delete(there.address);
        await Promise.all([here.close(), there.close()]);
      },
    };
  };

  return {
    async serve(stageName, take) {
      servedHere.add(stageName);
      const here = await local.serve(stageName, take);
      const there = await network.serve(stageName, take);
      return {
        async stop() {
          await Promise.all([here.stop(), there.stop()]);
        },
      };
    },

    async send(message) {
      if (servedHere.has(stageNameOf(message.meta))) {
        const delivery = await local.send(message);
        if (delivery === 'accepted') return delivery;
      }
      return await network.send(message);
    },

    openIngressInbox: (receive) => open((bus) => bus.openIngressInbox(receive)),
    openWorkerInbox: (stageName, receive) => open((bus) => bus.openWorkerInbox(stageName, receive)),

    postFrame(address, sender, frame, flush) {
      const here = localAddresses.get(address);
      if (here) local.postFrame(here, sender, frame, flush);
      else network.postFrame(address, sender, frame, flush);
    },

    postControl(address, control, flush) {
      const here = localAddresses.get(address);
      if (here) local.postControl(here, control, flush);
      else network.postControl(address, control, flush);
    },

    // The network brings it back to this process, too.
    publish: (topic) => network.publish(topic),
    subscribe: (topic, heard) => network.subscribe(topic, heard),

    async hasWorkers(stageName) {
      return (await local.hasWorkers(stageName)) || (await network.hasWorkers(stageName));
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
