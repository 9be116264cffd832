// The cluster of docs/deployment.md, with the shipped users: three servers, of which a process knows one.

import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { statusWith } from '../kit/admin.ts';
import { describeWith } from '../kit/describe-with.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { freePort, SHIPPED_CONFIG, startNatsServer, type RunningServer } from '../kit/servers.ts';

const GUIDE = readFileSync(new URL('../../docs/deployment.md', import.meta.url), 'utf8');

describeWith('nats-server')('the NATS cluster of the deployment guide', () => {
  let stack: AsyncDisposableStack;
  let servers: RunningServer[];
  let gateway: Gateway;
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    servers = await startDocumented(stack);
    const natsUrl = servers[0]?.url ?? '';
    gateway = stack.use(await startGateway({ bus: 'nats', natsUrl, users: true }));
  });
  afterEach(() => stack.disposeAsync());

  it('serves requests, also after the only server that the processes were told of is lost', async () => {
    expect(await statusWith(gateway, gateway.key)).toBe(200);
    servers[0]?.process.kill('SIGKILL');
    await expect.poll(() => statusWith(gateway, gateway.key)).toBe(200);
    const denied = gateway.logs().filter(({ msg }) => msg === 'internal error');
    expect(denied.filter((line) => JSON.stringify(line).includes('permission'))).toEqual([]);
  });
});

/** The block of the guide, with loopback addresses. */
async function startDocumented(stack: AsyncDisposableStack): Promise<RunningServer[]> {
  const [, block = ''] = /<!-- nats-cluster -->\n```\n(.*?)```/s.exec(GUIDE) ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'llmp-nats-cluster-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  copyFileSync(SHIPPED_CONFIG, join(folder, 'nats-server.conf'));
  const nodes = await Promise.all(
    [1, 2, 3].map(async (nth) => {
      return { nth, port: await freePort(), routePort: await freePort() };
    }),
  );
  const withRoutes = nodes.reduce(
    (text, { nth, routePort }) => text.replace(`@nats-${nth}:6222`, `@127.0.0.1:${routePort}`),
    block,
  );
  return await Promise.all(
    nodes.map(async ({ nth, port, routePort }) => {
      const text = withRoutes
        .replace('server_name: nats-1', `server_name: nats-${nth}`)
        .replace('0.0.0.0:4222', `127.0.0.1:${port}`)
        .replace('0.0.0.0:6222', `127.0.0.1:${routePort}`);
      const config = join(folder, `nats-${nth}.conf`);
      writeFileSync(config, text);
      return stack.use(await startNatsServer({ port, config }));
    }),
  );
}
