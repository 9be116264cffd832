// How long each request of a hostile corpus holds the event loop of a complete gateway in one process:
// the longest step. Client and upstream have a thread of their own.

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { startGateway } from '../../kit/gateway.ts';
import { CORPUS, FINDINGS, PLAIN } from './corpus.ts';
import { stepsDuring } from './longest-step.ts';
import type { PeerRequest } from './peer.ts';

/** The best of them counts: other processes disturb the rest. */
const RUNS = 3;

/** Between two requests: the garbage of one is not the next one's fault. */
const PAUSE_MS = 200;

/** @param names parts of the names to measure; all by default */
export async function runSteps(names: readonly string[]): Promise<void> {
  const peer = new Worker(new URL('peer.ts', import.meta.url));
  const [upstreamUrl] = (await once(peer, 'message')) as [string];
  await using gateway = await startGateway({ bus: 'embedded', upstreamUrl });
  const send = async (request: PeerRequest) => {
    peer.postMessage(request);
    const [status] = (await once(peer, 'message')) as [string];
    return status;
  };
  console.log('| request | MB | status, response | CPU ms | CPU ms/MB | longest step ms |');
  console.log('| --- | --: | --- | --: | --: | --: |');
  const chosen = CORPUS.filter(
    ({ name }) => names.length === 0 || names.some((part) => name.includes(part)),
  );
  const perMegabyte = new Map<string, number>();
  for (const { name, body, response } of chosen) {
    const request = { url: gateway.url, key: gateway.key, body: body(), response };
    let [longestMs, totalMs, status] = [Infinity, Infinity, ''];
    for (let run = 0; run < RUNS; run += 1) {
      await sleep(PAUSE_MS);
      const sent = send(request);
      const steps = await stepsDuring(sent);
      longestMs = Math.min(longestMs, steps.longestMs);
      totalMs = Math.min(totalMs, steps.totalMs);
      status = await sent;
    }
    const megabytes = request.body.length / 1e6;
    perMegabyte.set(name, totalMs / megabytes);
    const cells = [
      name,
      megabytes.toFixed(1),
      status,
      totalMs.toFixed(0),
      (totalMs / megabytes).toFixed(0),
      longestMs.toFixed(1),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
  await peer.terminate();
  const plain = perMegabyte.get(PLAIN);
  for (const name of FINDINGS) {
    const cost = perMegabyte.get(name);
    if (plain === undefined || cost === undefined) continue;
    console.log(`\n${name}: a megabyte costs ×${(cost / plain).toFixed(1)} of plain text.`);
  }
}
