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
    const errors: unknown[] = [];
    const bus = createEmbeddedBus({ onError: (error) => void errors.push(error), serialise });
    return { near: bus, far: bus, errors, [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose]() };
  });
}

describeWith('nats-server')('over a real nats-server', () => {
  busSuite('NATS', () => natsPair((network) => network));
  busSuite('local-first', () =>
    natsPair((network, onError) => createLocalFirstBus(createEmbeddedBus({ onError }), network)),
  );
});

async function natsPair(
  wrap: (network: Bus, onError: (error: unknown) => void) => Bus,
): Promise<BusPair> {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await startNatsServer());
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const connect = async (name: string) =>
    stack.use(
      wrap(
        await connectNatsBus({
          servers: [server.url],
          name,
          role: name,
          version: '0.0.0',
          internal: { host: '127.0.0.1', port: 0 },
          clock: systemClock,
          limits: { ...limits.bus, ...limits.pipeline },
          onError,
        }),
        onError,
      ),
    );
  const [near, far] = [await connect('near'), await connect('far')];
  return { near, far, errors, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
