// Combines a local and a network bus: stages and inboxes of this process are reached by function
// calls, all others over the network.

import { stageNameOf, type StageName } from '../protocol/messages.ts';
import { UNWATCHED, type Bus, type Inbox } from './bus.ts';

/** Local workers also serve the network. A busy local worker passes the request on to the network. */
export function createLocalFirstBus(local: Bus, network: Bus): Bus {
  const localAddressByAddress = new Map<string, string>();
  const localStages = new Set<StageName>();

  /** Has one address, that of the network; posts from this process go to the local inbox. */
  const open = async (openOn: (bus: Bus) => Promise<Inbox>): Promise<Inbox> => {
    const here = await openOn(local);
    const there = await openOn(network);
    localAddressByAddress.set(there.address, here.address);
    return {
      address: there.address,
      async close() {
        localAddressByAddress.delete(there.address);
        await Promise.all([here.close(), there.close()]);
      },
    };
  };

  return {
    async serve(stage, accept) {
      localStages.add(stage);
      const here = await local.serve(stage, accept);
      const there = await network.serve(stage, accept);
      return {
        async stop() {
          await Promise.all([here.stop(), there.stop()]);
        },
      };
    },

    async send(message) {
      if (localStages.has(stageNameOf(message.meta))) {
        const delivery = await local.send(message);
        if (delivery === 'accepted') return delivery;
      }
      return await network.send(message);
    },

    openIngressInbox: (receive) => open((bus) => bus.openIngressInbox(receive)),
    openWorkerInbox: (stageName, receive) => open((bus) => bus.openWorkerInbox(stageName, receive)),

    postFrame(address, sender, frame, flush) {
      const here = localAddressByAddress.get(address);
      if (here) local.postFrame(here, sender, frame, flush);
      else network.postFrame(address, sender, frame, flush);
    },

    postControl(address, control, flush) {
      const here = localAddressByAddress.get(address);
      if (here) local.postControl(here, control, flush);
      else network.postControl(address, control, flush);
    },

    watchWork(meta, stageName, from) {
      const isLocal = localAddressByAddress.has(meta.replyTo);
      return isLocal ? UNWATCHED : network.watchWork(meta, stageName, from);
    },

    // The network also delivers to subscribers of the publishing process.
    publish: (topic) => network.publish(topic),
    subscribe: (topic, onEvent) => network.subscribe(topic, onEvent),

    async hasWorkers(stage) {
      return (await local.hasWorkers(stage)) || (await network.hasWorkers(stage));
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
