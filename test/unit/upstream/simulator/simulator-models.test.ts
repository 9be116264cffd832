import { describe, expect, it } from 'vitest';
import { createSimulation, errorOf, jsonOf } from '../../../kit/ask-simulator.ts';

interface Page {
  readonly data: readonly { readonly id: string }[];
  readonly has_more: boolean;
  readonly first_id: string | null;
  readonly last_id: string | null;
}

async function page(query = ''): Promise<Page & { ids: string[] }> {
  const response = await createSimulation().ask({ method: 'GET', path: `/v1/models${query}` });
  expect(response.status).toBe(200);
  const value = (await jsonOf(response)) as unknown as Page;
  return { ...value, ids: value.data.map(({ id }) => id) };
}

describe('the simulated model list', () => {
  it('is a page in the format of the API', async () => {
    const { data, ids, has_more, first_id, last_id } = await page('?limit=1000');
    expect(ids.length).toBeGreaterThan(3);
    expect({ has_more, first_id, last_id }).toEqual({
      has_more: false,
      first_id: ids[0],
      last_id: ids.at(-1),
    });
    for (const model of data) {
      expect(model).toMatchObject({
        type: 'model',
        id: expect.stringMatching(/^claude-/),
        display_name: expect.any(String),
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT00:00:00Z$/),
      });
    }
  });

  it('can be paged completely by after_id, and backwards by before_id', async () => {
    const { ids } = await page();
    const forwards: string[] = [];
    for (let query = '?limit=2'; query !== '';) {
      const part = await page(query);
      forwards.push(...part.ids);
      query = part.has_more ? `?limit=2&after_id=${part.last_id}` : '';
    }
    expect(forwards).toEqual(ids);

    const backwards: string[] = [];
    for (let query = `?limit=2&before_id=${ids.at(-1)}`; query !== '';) {
      const part = await page(query);
      backwards.unshift(...part.ids);
      query = part.has_more ? `?limit=2&before_id=${part.first_id}` : '';
    }
    expect(backwards).toEqual(ids.slice(0, -1));
  });

  it('has an empty page after its end', async () => {
    const { last_id } = await page();
    expect(await page(`?after_id=${last_id}`)).toEqual({
      data: [],
      ids: [],
      has_more: false,
      first_id: null,
      last_id: null,
    });
  });

  it.each(['limit=0', 'limit=1001', 'limit=few', 'after_id=x', 'before_id=x'])(
    'rejects %s and names the parameter',
    async (query) => {
      const response = await createSimulation().ask({ method: 'GET', path: `/v1/models?${query}` });
      expect(await errorOf(response)).toEqual({
        status: 400,
        type: 'invalid_request_error',
        message: expect.stringMatching(new RegExp(`^${query.split('=')[0]}: `)),
      });
    },
  );

  it('returns a model by its id and 404 for an unknown one', async () => {
    const { data, ids } = await page();
    const { ask } = createSimulation();
    const known = await ask({ method: 'GET', path: `/v1/models/${ids[1]}?beta=true` });
    expect(await jsonOf(known)).toEqual(data[1]);
    expect(await errorOf(await ask({ method: 'GET', path: '/v1/models/other' }))).toEqual({
      status: 404,
      type: 'not_found_error',
      message: 'model: other',
    });
  });
});
