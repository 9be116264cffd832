// What four SDKs make of each failure, and how many requests reach the gateway.
// `claude-errors.test.ts` does the same for Claude Code.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_BUSES } from '../kit/client-buses.ts';
import {
  OWN_FAILURES,
  SDK_NAMES,
  SMALL_BODY_BYTES,
  UPSTREAM_FAILURES,
  type Report,
} from '../kit/failures.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { createMatrix } from '../kit/matrix.ts';
import { requestLines, settledLines, waitedMs, type RequestLine } from '../kit/request-log.ts';
import { SDK_CLIENTS, type Attempt, type SdkClient } from '../kit/sdk-clients.ts';

const KINDS = [
  {
    kind: 'failures of the upstream',
    failures: UPSTREAM_FAILURES,
    env: { LLMP_UPSTREAM_HEADERS_TIMEOUT_MS: '500', LLMP_UPSTREAM_IDLE_MS: '500' },
  },
  {
    kind: 'rejections by the gateway',
    failures: OWN_FAILURES,
    env: { LLMP_BODY_BYTES_MAX: String(SMALL_BODY_BYTES) },
  },
];

const matrix = createMatrix('Requests and error class, by SDK');
afterAll(() => matrix.print());

describe.each(CLIENT_BUSES)('on the %s bus', (bus) => {
  describe.each(KINDS)('$kind', ({ failures, env }) => {
    let gateway: Gateway;
    beforeAll(async () => {
      gateway = await startGateway({ bus, env });
    });
    afterAll(() => gateway[Symbol.asyncDispose]());

    describe.each(SDK_CLIENTS)('seen by $name', (client) => {
      const attempts = failures.map((failure, at): Attempt => {
        const simulate = failure.simulate?.replace('$CLIENT', client.name.replace(' ', '-'));
        const model = `${client.name}-${at}`.replaceAll(' ', '-');
        return { ...failure, ...(simulate === undefined ? {} : { simulate }), model };
      });
      let earlier: number;
      let reports: Report[];
      beforeAll(async () => {
        earlier = requestLines(gateway).length;
        reports = await client.run(gateway, attempts);
      });

      it.each(attempts)('$name', async (attempt) => {
        const isOwn = (line: RequestLine) => belongsTo(attempt, line);
        const lines = await settledLines(gateway, isOwn, attempt.expected.requests, earlier);
        const report = reports[attempts.indexOf(attempt)];
        matrix.add(attempt.name, client.name, `${lines.length} ${report?.class ?? 'responded'}`);
        expect(report).toEqual(expectedReport(attempt, client, lines));
        expect(waitedMs(lines)).toBeGreaterThanOrEqual(attempt.expected.waitMsMin ?? 0);
      });
    });
  });
});

/** Requests rejected before their model is known are identified by their unique error code. */
function belongsTo({ simulate, model, expected }: Attempt, line: RequestLine): boolean {
  if (simulate !== undefined) return line.model === model;
  return 'code' in expected && line.errorCode === expected.code;
}

/** The message; where it ends in a space, with the number of bytes, which depends on the client. */
function exactly(message: string): string {
  if (!message.endsWith(' ')) return message;
  return expect.stringMatching(new RegExp(`^${message}\\d+\\.$`)) as string;
}

function expectedReport(
  { expected }: Attempt,
  { name }: SdkClient,
  lines: readonly RequestLine[],
): Report {
  if ('text' in expected) return { text: expected.text };
  return {
    class: expected.classes[SDK_NAMES.indexOf(name)] ?? '',
    status: expected.status ?? (name.startsWith('Python') ? 200 : null),
    type: expected.type,
    message: exactly(expected.message ?? `Simulated ${expected.type}.`),
    code: expected.code ?? null,
    requestId: lines.at(-1)?.requestId ?? '',
  };
}
