// A gateway that lets features of Anthropic's API through, and its upstream.

import { expect } from 'vitest';
import { startGateway, type BusKind, type Gateway } from './gateway.ts';
import {
  startScriptedUpstream,
  type RecordedRequest,
  type Script,
  type ScriptedUpstream,
} from './scripted-upstream.ts';

export const EVERY_FEATURE = 'batches,files,skills,agents,complete';
export const PASSING_TOKEN = 'admin-token-of-a-test-0123456789abcdef';
/** Of the gateway, for its upstream. */
export const UPSTREAM_KEY = 'sk-ant-of-the-gateway';
export const JSON_TYPE = ['content-type', 'application/json'];

export const RESPOND_OK: Script = () => ({
  status: 200,
  headers: JSON_TYPE,
  chunks: [Buffer.from('{"ok":true}')],
});

export interface Passing extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly upstream: ScriptedUpstream;
  /** @param key that of the gateway by default */
  readonly ask: (path: string, init?: RequestInit, key?: string) => Promise<Response>;
}

interface PassingOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly script?: Script;
  readonly bus?: BusKind;
}

/** Lets everything through unless `env` says otherwise. */
export async function startPassing({
  env = { LLMP_PASS_THROUGH: EVERY_FEATURE },
  script = RESPOND_OK,
  bus = 'embedded',
}: PassingOptions = {}): Promise<Passing> {
  const stack = new AsyncDisposableStack();
  const upstream = stack.use(await startScriptedUpstream(script));
  const isOne = env['LLMP_UPSTREAMS'] === undefined;
  const gateway = stack.use(
    await startGateway({
      bus,
      ...(isOne ? { upstreamUrl: upstream.url } : {}),
      env: {
        LLMP_ADMIN_TOKEN: PASSING_TOKEN,
        ...(isOne ? { ANTHROPIC_API_KEY: UPSTREAM_KEY } : {}),
        ...env,
      },
    }),
  );
  return {
    gateway,
    upstream,
    ask(path, init = {}, key = gateway.key) {
      const headers = new Headers(init.headers);
      headers.set('x-api-key', key);
      return fetch(gateway.url + path, { ...init, headers });
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** The facts of an error of the gateway, in Anthropic's format. */
export async function errorFrom(response: Response) {
  const { type, error, request_id: id } = JSON.parse(await response.text());
  expect([type, id]).toEqual(['error', response.headers.get('request-id')]);
  return {
    status: response.status,
    type: error.type,
    code: error.details.error_code,
    message: error.message,
  };
}

export function headersOf({ rawHeaders }: RecordedRequest): Record<string, string> {
  const names = rawHeaders.filter((_, at) => at % 2 === 0);
  return Object.fromEntries(
    names.map((name, at) => [name.toLowerCase(), rawHeaders[2 * at + 1] ?? '']),
  );
}
