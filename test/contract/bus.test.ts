// Every bus adapter against the one contract.

import { describeWith } from '../kit/describe-with.ts';
import type { Bus } from '../../shared/bus/bus.ts';
import { createEmbeddedBus } from '../../shared/bus/embedded.ts';
import { createLocalFirstBus } from '../../shared/bus/local-first.ts';
import { connectNatsBus } from '../../shared/bus/nats.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { limits } from '../../shared/limits.ts';
import { startNatsServer } from '../kit/servers.ts';
import { busSuite, type BusPair } from './bus-suite.ts';

for (const serialise of [false, true]) {
  busSuite(serialise ? 'serialising embedded' : 'embedded', async () => {
    const faults: unknown[] = [];
    const bus = createEmbeddedBus({ onError: (error) => void faults.push(error), serialise });
    return { near: bus, far: bus, faults, [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose]() };
  });
}

describeWith('nats-server')('over a real nats-server', () => {
  busSuite('NATS', () => natsPair((network) => network));
  busSuite('co-located', () =>
    natsPair((network, onError) => createLocalFirstBus(createEmbeddedBus({ onError }), network)),
  );
});

async function natsPair(
  dress: (network: Bus, onError: (error: unknown) => void) => Bus,
): Promise<BusPair> {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await startNatsServer());
  const faults: unknown[] = [];
  const onError = (error: unknown) => void faults.push(error);
  const connect = async (name: string) =>
    stack.use(
      dress(
        await connectNatsBus({
          servers: [server.url],
          name,
          role: name,
          version: '0.0.0',
          internal: { host: '127.0.0.1', port: 0 },
          clock: systemClock,
          limits,
          onError,
        }),
        onError,
      ),
    );
  const [near, far] = [await connect('near'), await connect('far')];
  return { near, far, faults, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
