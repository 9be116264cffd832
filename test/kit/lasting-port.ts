// A port for a server that is killed and started again. The kernel gives ports of its own range (from 32768)
// to clients, so one of those could be taken meanwhile.

import { createServer } from 'node:net';

const FIRST = 20_000;
const COUNT = 12_000;

export async function lastingPort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
