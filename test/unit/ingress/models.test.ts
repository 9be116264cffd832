import fastify from 'fastify';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Relay } from '../../../services/ingress/relay.ts';
import { modelsRoute } from '../../../services/ingress/routes/models.ts';
import { LlmpError } from '../../../shared/errors.ts';
import { checkProperty } from '../../kit/properties.ts';
import { limits } from '../../../shared/limits.ts';

interface Page {
  readonly data: readonly { readonly id: string }[];
  readonly has_more: boolean;
  readonly first_id: string | null;
  readonly last_id: string | null;
}

/** The route in a separate app; `relayed` records requests to the upstream. */
function routeFor(modelIds: readonly string[], models?: readonly string[]) {
  const relayed: string[] = [];
  const relay: Relay = async (request, reply, { routingSlip }) => {
    relayed.push(`${request.url} to ${routingSlip.join()}`);
    await reply.send('');
  };
  const app = fastify();
  app.addHook('onRequest', async (request) => {
    request.caller = { keyId: 'a', tenant: 'a', secret: 'b', ...(models ? { models } : {}) };
  });
  app.setErrorHandler((error, _request, reply) =>
    error instanceof LlmpError
      ? reply.code(error.status).send({ code: error.code, message: error.message })
      : reply.code(500).send(),
  );
  modelsRoute(app, relay, modelIds, limits.http);
  const get = async (path: string) => {
    const { statusCode, body } = await app.inject({ method: 'GET', url: path });
    return { status: statusCode, json: body === '' ? undefined : (JSON.parse(body) as unknown) };
  };
  return {
    relayed,
    get,
    page: async (query: string) => (await get(`/v1/models${query}`)).json as Page,
  };
}

const names = (page: Page) => page.data.map(({ id }) => id);

describe('the configured model list', () => {
  it('lists only the models the key may use', async () => {
    const { get, page } = routeFor(['claude-a', 'claude-b'], ['claude-b', 'claude-c']);
    expect(names(await page(''))).toEqual(['claude-b']);
    expect((await get('/v1/models/claude-a')).status).toBe(404);
    expect((await get('/v1/models/claude-b')).status).toBe(200);
  });

  it("has Anthropic's format", async () => {
    const { get } = routeFor(['claude-a', 'claude-b']);
    const model = { type: 'model', display_name: 'claude-a', created_at: '1970-01-01T00:00:00Z' };
    expect(await get('/v1/models?limit=1')).toEqual({
      status: 200,
      json: {
        data: [{ ...model, id: 'claude-a' }],
        has_more: true,
        first_id: 'claude-a',
        last_id: 'claude-a',
      },
    });
    expect((await get('/v1/models/claude-a')).json).toEqual({ ...model, id: 'claude-a' });
  });

  it('returns 20 models without a limit, and ignores unknown parameters', async () => {
    const ids = Array.from({ length: 25 }, (_, at) => `m${at}`);
    const page = await routeFor(ids).page('?lifecycle=active');
    expect(names(page)).toEqual(ids.slice(0, 20));
    expect(page.has_more).toBe(true);
  });

  it('can be paged completely and in order, forwards and backwards', async () => {
    const some = fc.uniqueArray(fc.stringMatching(/^[a-z0-9.-]{1,8}$/), {
      minLength: 1,
      maxLength: 12,
    });
    await checkProperty(
      fc.asyncProperty(some, fc.integer({ min: 1, max: 5 }), async (ids, limit) => {
        const { page } = routeFor(ids);
        const forwards: string[] = [];
        for (let at: Page | undefined; !at || at.has_more;) {
          at = await page(`?limit=${limit}${at ? `&after_id=${at.last_id}` : ''}`);
          forwards.push(...names(at));
        }
        expect(forwards).toEqual(ids);
        const last = ids.at(-1);
        const backwards: string[] = [];
        for (let at: Page | undefined; !at || at.has_more;) {
          at = await page(`?limit=${limit}&before_id=${at ? at.first_id : last}`);
          backwards.unshift(...names(at));
        }
        expect(backwards).toEqual(ids.slice(0, -1));
      }),
      { runs: 30 },
    );
  });

  it('ends with an empty page', async () => {
    const page = await routeFor(['a', 'b']).page('?after_id=b');
    expect(page).toEqual({ data: [], has_more: false, first_id: null, last_id: null });
  });

  it.each(['0', '1001', 'many', '1.5', '-1'])(
    'rejects the limit %s and names the parameter',
    async (limit) => {
      const { status, json } = await routeFor(['a']).get(`/v1/models?limit=${limit}`);
      expect(status).toBe(400);
      expect(json).toMatchObject({
        code: 'invalid_request',
        message: expect.stringMatching(/^limit: /),
      });
    },
  );

  it('has no other models', async () => {
    const { get } = routeFor(['a']);
    expect(await get('/v1/models/b')).toMatchObject({ status: 404, json: { code: 'not_found' } });
  });
});

describe('the model list without configured models', () => {
  it('comes from the upstream, with the query passed on', async () => {
    const { relayed, get } = routeFor([]);
    await get('/v1/models?limit=3');
    await get('/v1/models/claude-a');
    expect(relayed).toEqual([
      '/v1/models?limit=3 to scrubber,upstream',
      '/v1/models/claude-a to scrubber,upstream',
    ]);
  });
});
