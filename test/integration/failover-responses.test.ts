// Which responses of an upstream make the gateway ask another one, and which upstream or key then rests.

import { afterEach, describe, expect, it } from 'vitest';
import type { ScriptedResponse } from '../kit/scripted-upstream.ts';
import {
  errorEvent,
  errorJson,
  event,
  jsonResponse,
  MESSAGE,
  PING,
  START,
  CONTENT,
  END,
  startTwoUpstreams,
  streamResponse,
  success,
  type Script,
} from '../kit/two-upstreams.ts';

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

const setUp: typeof startTwoUpstreams = async (...given) =>
  stack.use(await startTwoUpstreams(...given));

/** The bytes of an scripted without gates and cuts. */
function textOf({ chunks }: Pick<ScriptedResponse, 'chunks'>): string {
  return Buffer.concat(chunks.filter((chunk) => chunk instanceof Uint8Array)).toString();
}

const MESSAGES = '/v1/messages';
const COUNT = '/v1/messages/count_tokens?beta=true';
const MODELS = '/v1/models?limit=3';

const LOW_CREDIT =
  'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.';
const PAGE: ScriptedResponse = {
  status: 200,
  headers: ['content-type', 'text/html; charset=utf-8'],
  chunks: [Buffer.from('<html>Sign in</html>')],
};
const REDIRECT: ScriptedResponse = {
  status: 302,
  headers: ['location', 'http://127.0.0.1:9/login'],
  chunks: [],
};

const FAULTS: readonly (readonly [what: string, scripted: ScriptedResponse])[] = [
  ['400 for credit', jsonResponse(400, errorJson('invalid_request_error', LOW_CREDIT))],
  [
    '400 for a disabled organization',
    jsonResponse(400, errorJson('invalid_request_error', 'This organization has been disabled.')),
  ],
  ['401', jsonResponse(401, errorJson('authentication_error'))],
  ['402', jsonResponse(402, errorJson('billing_error'))],
  ['402 of a router', jsonResponse(402, '{"error":{"message":"Insufficient credits","code":402}}')],
  ['403 for a permission', jsonResponse(403, errorJson('permission_error'))],
  ['403 with a page', { ...PAGE, status: 403 }],
  ['400 with a page', { ...PAGE, status: 400 }],
  ['404 with a page', { ...PAGE, status: 404 }],
  ['a page', PAGE],
  ['a page that says it is JSON', { ...PAGE, headers: ['content-type', 'application/json'] }],
  ['a page that says it is a stream', { ...PAGE, headers: ['content-type', 'text/event-stream'] }],
  ['text', { status: 200, headers: ['content-type', 'text/plain'], chunks: [Buffer.from('OK')] }],
  ['an empty body', { status: 200, headers: ['content-type', 'application/json'], chunks: [] }],
  ['an unknown encoding', { ...PAGE, headers: ['content-encoding', 'morse'] }],
  ['302', REDIRECT],
  ['308 with JSON', { ...REDIRECT, status: 308, chunks: [Buffer.from('{}')] }],
  ['an error with status 200', jsonResponse(200, errorJson('overloaded_error'))],
  ['a billing error with status 200', jsonResponse(200, errorJson('billing_error'))],
  [
    'a code in place of a type with status 200',
    jsonResponse(200, '{"error":{"code":402,"message":"no"}}'),
  ],
  ['a text as error with status 200', jsonResponse(200, '{"error":"no"}')],
  ['407', { ...jsonResponse(407, '{}'), headers: ['proxy-authenticate', 'Basic'] }],
  [
    '503 that is not to be repeated',
    { ...jsonResponse(503, errorJson('api_error')), headers: ['x-should-retry', 'false'] },
  ],
];

/** Faults that may be over with the next request. */
const PASSING = /^an error with status 200|^a text as error|empty|^407|^503/;

describe('another upstream responds', () => {
  it.each(FAULTS)('after %s, and the first one rests', async (what, scripted) => {
    const world = await setUp(() => scripted);
    for (const isStream of [true, false]) {
      const { status, body } = await world.ask(MESSAGES, isStream);
      expect([status, body.toString()]).toEqual([200, textOf(success(MESSAGES, isStream))]);
    }
    expect(world.counts().second).toBe(2);
    expect(world.counts().first > 1).toBe(PASSING.test(what));
  });

  it.each([COUNT, MODELS])('to %s after any of them', async (path) => {
    for (const [what, scripted] of FAULTS.filter(([each]) =>
      /credit|402|404|302|^a page$/.test(each),
    )) {
      await using world = await startTwoUpstreams(() => scripted);
      const { status, body } = await world.ask(path);
      expect([what, status, body.toString()]).toEqual([what, 200, textOf(success(path, false))]);
      expect(world.counts()).toEqual({ first: 1, second: 1 });
    }
  });

  it.each([MESSAGES, COUNT, MODELS])(
    'to %s in no case where the client is at fault',
    async (path) => {
      let scripted = jsonResponse(400, errorJson('invalid_request_error', 'max_tokens: no'));
      const world = await setUp(() => scripted);
      for (const [status, type] of [
        [400, 'invalid_request_error'],
        [413, 'request_too_large'],
        [422, 'invalid_request_error'],
      ] as const) {
        scripted = jsonResponse(status, errorJson(type, 'max_tokens: no'));
        const response = await world.ask(path);
        expect([response.status, response.body.toString()]).toEqual([
          status,
          errorJson(type, 'max_tokens: no'),
        ]);
      }
      expect(world.counts()).toEqual({ first: 3, second: 0 });
    },
  );
});

describe('a model', () => {
  const unknown = (model: string) =>
    jsonResponse(404, errorJson('not_found_error', `model: ${model}`));

  it.each([MESSAGES, COUNT, '/v1/models/claude-haiku-4-5'])(
    'that one upstream does not have comes from another one at %s, and from then on at once',
    async (path) => {
      const world = await setUp(() => unknown('claude-haiku-4-5'));
      for (let turn = 0; turn < 3; turn++) {
        const { status, body } = await world.ask(path);
        expect([status, body.toString()]).toEqual([200, textOf(success(path, false))]);
      }
      expect(world.counts()).toEqual({ first: 1, second: 3 });
    },
  );

  it('is asked for at other endpoints and under other names as before', async () => {
    const world = await setUp((path, isStream) =>
      path === COUNT ? unknown('claude-haiku-4-5') : success(path, isStream),
    );
    expect((await world.ask(COUNT)).status).toBe(200);
    expect((await world.ask(MODELS)).status).toBe(200);
    expect(world.counts()).toEqual({ first: 2, second: 1 });
  });

  it('is not said to be missing while the upstream that has it is down', async () => {
    let isUp = true;
    const world = await setUp(() => unknown('claude-haiku-4-5'), {
      second: (path, isStream) =>
        isUp ? success(path, isStream) : jsonResponse(503, errorJson('api_error')),
    });
    expect((await world.ask(MESSAGES)).status).toBe(200);
    isUp = false;
    expect((await world.ask(MESSAGES)).status).toBe(503);
    expect(world.counts().first).toBe(1);
  });

  it('that no upstream has is a 404, unchanged, and costs one call once that is known', async () => {
    const both = () => unknown('claude-haiku-4-5');
    const world = await setUp(both, { second: both });
    for (let turn = 0; turn < 30; turn++) {
      const { status, body } = await world.ask(MESSAGES);
      expect([status, body.toString()]).toEqual([404, textOf(both())]);
    }
    const { first, second } = world.counts();
    expect(first + second).toBe(31);
  });

  it('that no upstream has leaves the retries to those who need them', async () => {
    let turn = 0;
    const world = await setUp(() => unknown(`claude-${turn}`), { second: () => unknown('any') });
    for (; turn < 30; turn++) await world.ask(MESSAGES, false, `claude-${turn}`);
    expect(world.counts()).toEqual({ first: 30, second: 30 });
  });
});

describe('a body that breaks off', () => {
  const whole = Buffer.from(JSON.stringify(MESSAGE));
  const fault = Buffer.from(errorJson('invalid_request_error', 'max_tokens: no'));
  const expected = textOf(success(MESSAGES, false));

  it.each([400, 503])(
    'and is an error with status %i comes from another upstream',
    async (status) => {
      for (const length of [0, 1, 2, 40, fault.length - 1]) {
        const chunks = [fault.subarray(0, length), 'cut'] as const;
        const headers = ['content-type', 'application/json'];
        await using world = await startTwoUpstreams(() => ({ status, headers, chunks }));
        const { status: received, body } = await world.ask(MESSAGES);
        expect([length, received, body.toString()]).toEqual([length, 200, expected]);
      }
    },
  );

  it.each([
    [200, whole],
    [400, fault],
  ])('with status %i after all of its JSON is complete', async (status, bytes) => {
    const headers = ['content-type', 'application/json'];
    const world = await setUp(() => ({ status, headers, chunks: [bytes, 'cut'] }));
    const { status: received, body } = await world.ask(MESSAGES);
    expect([received, body.toString()]).toEqual([status, bytes.toString()]);
    expect(world.counts()).toEqual({ first: 1, second: 0 });
  });
});

describe('an upstream or key rests', () => {
  it('alone, while other keys of the upstream are used', async () => {
    const denied = jsonResponse(400, errorJson('invalid_request_error', LOW_CREDIT));
    let count = 0;
    const scripted: Script = (path, isStream) => (count++ === 0 ? denied : success(path, isStream));
    const world = await setUp(scripted, { keys: ['key-a', 'key-b'] });
    for (let turn = 0; turn < 3; turn++) expect((await world.ask(MESSAGES)).status).toBe(200);
    const keyOf = (headers: readonly string[]) => /key-[ab]/.exec(headers.join())?.[0];
    const keys = world.first.requests.map(({ rawHeaders }) => keyOf(rawHeaders));
    expect(keys).toEqual(['key-a', 'key-b', 'key-b', 'key-b']);
  });

  it('for token counts only, when it has none', async () => {
    const world = await setUp((path, isStream) =>
      path === COUNT ? jsonResponse(404, errorJson('not_found_error')) : success(path, isStream),
    );
    for (const path of [COUNT, MESSAGES, COUNT]) {
      expect((await world.ask(path)).status).toBe(200);
    }
    expect(world.first.requests.map(({ url }) => url)).toEqual([COUNT, MESSAGES]);
  });

  it('and the last scripted is relayed unchanged when no upstream has a good one', async () => {
    const text = errorJson('invalid_request_error', LOW_CREDIT);
    const world = await setUp(() => jsonResponse(400, text), { attempts: 1 });
    const { status, body } = await world.ask(MESSAGES);
    expect([status, body.toString()]).toEqual([400, text]);
  });

  it('and a redirect is never relayed, even when no upstream has another scripted', async () => {
    const world = await setUp(() => REDIRECT, { attempts: 1 });
    const { status, body, rawHeaders } = await world.ask(MESSAGES);
    expect([status, body.toString()]).toEqual([502, expect.stringContaining('redirected')]);
    expect(rawHeaders.join()).not.toContain('127.0.0.1:9');
  });
});

describe('a stream', () => {
  const overloaded = errorEvent('overloaded_error');
  const open = { gate: new Promise<void>(() => {}) };

  it.each<[what: string, chunks: ScriptedResponse['chunks']]>([
    ['that begins with an error', [overloaded]],
    ['that has an error after its start', [START, overloaded]],
    ['that has an error after pings', [START, PING, PING, overloaded]],
    ['whose error leaves it open', [START, overloaded, open]],
    ['that has an error after unknown events', [START, event('progress'), overloaded]],
    ['that is empty', []],
    ['of comments', [Buffer.from(': wait\n\n')]],
    ['that ends after its start', [START]],
    ['that ends after pings', [START, PING]],
    ['that ends inside its start', [START.subarray(0, 30)]],
    ['that breaks before its first event', ['cut']],
    ['that breaks after its start', [START, PING, 'cut']],
    ['that is an error in JSON', [Buffer.from(errorJson('api_error'))]],
    ['whose error has no name', [Buffer.from(`data: ${errorJson('api_error')}\n\n`)]],
    ['whose error is no JSON', [Buffer.from('event: error\ndata: broken\n\n')]],
  ])('%s comes from another upstream', async (_, chunks) => {
    const world = await setUp(() => streamResponse(chunks));
    const { status, body } = await world.ask(MESSAGES, true);
    const expected = Buffer.concat([START, ...CONTENT, ...END]).toString();
    expect([status, body.toString()]).toEqual([200, expected]);
    expect(world.counts()).toEqual({ first: 1, second: 1 });
  });

  it.each<[what: string, chunks: ScriptedResponse['chunks']]>([
    ['has an error after its content began', [START, CONTENT[0] ?? PING, overloaded]],
    ['has no content and is complete', [START, ...END.slice(1)]],
  ])('that %s is relayed', async (_, chunks) => {
    const world = await setUp(() => streamResponse(chunks));
    const { status, body } = await world.ask(MESSAGES, true);
    expect([status, body.toString()]).toEqual([200, textOf({ chunks })]);
    expect(world.counts()).toEqual({ first: 1, second: 0 });
  });

  it.each<[what: string, chunks: ScriptedResponse['chunks']]>([
    ['fails', [START, overloaded]],
    ['ends', [START]],
    ['breaks', [START, PING, 'cut']],
  ])('that %s before its content costs nothing, and its tokens are logged', async (_, chunks) => {
    for (const attempts of [1, 3]) {
      const world = await setUp(() => streamResponse(chunks), { attempts });
      await world.ask(MESSAGES, true);
      const finished = () => world.gateway.logs().find(({ msg }) => msg === 'request finished');
      await expect.poll(finished).toMatchObject({
        annotations: {
          discardedTokens: 2,
          upstream: attempts === 1 ? 'first' : 'second',
          upstreamTries: attempts === 1 ? 1 : 2,
        },
      });
    }
  });

  it('that fails before its content opens the circuit breaker after five in a row', async () => {
    const world = await setUp(() => streamResponse([START, overloaded]));
    for (let turn = 0; turn < 6; turn++) {
      expect((await world.ask(MESSAGES, true)).status).toBe(200);
    }
    expect(world.counts()).toEqual({ first: 5, second: 6 });
    expect(world.gateway.logs().map(({ msg }) => msg)).toContain('upstream health changed');
  });

  it('that says that the request is wrong is that error, after one call', async () => {
    const world = await setUp(() => streamResponse([START, errorEvent('invalid_request_error')]));
    const { status, body } = await world.ask(MESSAGES, true);
    expect([status, body.toString()]).toEqual([400, errorJson('invalid_request_error')]);
    expect(world.counts()).toEqual({ first: 1, second: 0 });
  });

  it('that no upstream has is an error status, with the error that one of them sent', async () => {
    const empty = await setUp(() => streamResponse([START]), { attempts: 1 });
    const lost = await empty.ask(MESSAGES, true);
    expect([lost.status, lost.body.toString()]).toEqual([
      502,
      expect.stringContaining('upstream_disconnected'),
    ]);
    const failing = await setUp(() => streamResponse([START, overloaded]), { attempts: 1 });
    const { status, body } = await failing.ask(MESSAGES, true);
    expect([status, body.toString()]).toEqual([529, errorJson('overloaded_error')]);
  });
});
