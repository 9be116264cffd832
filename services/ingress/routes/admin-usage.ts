// Admin API for usage totals (`/admin/usage`) and request records (`/admin/ledger`), as JSON or CSV.
// A ledger CSV is the whole day, or one page of it with `limit`.

import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { csvHead, csvLine, ENTRY_COLUMNS, USAGE_COLUMNS } from '../../admin/csv.ts';
import { reader } from '../../admin/read-input.ts';
import { GROUPINGS, LEDGER_PAGE_MAX } from '../../admin/usage-input.ts';
import type { EntryPage, UsageService } from '../../admin/usage.ts';
import { ADMIN_ROUTE, NO_STORE } from './admin-route.ts';

const CSV = { ...NO_STORE, 'content-type': 'text/csv; charset=utf-8' };

const readFormat = reader(
  z.looseObject({
    format: z.enum(['json', 'csv'], { error: 'must be json or csv' }).default('json'),
  }),
);

export function adminUsageRoute(app: FastifyInstance, service: UsageService): void {
  app.get('/admin/usage', ADMIN_ROUTE, async (request, reply) => {
    const { format, ...input } = readFormat(request.query);
    const report = await service.usage(input);
    if (format === 'json') return reply.headers(NO_STORE).send(report);
    const [first] = report.data;
    const columns = [...GROUPINGS.filter((name) => first && name in first), ...USAGE_COLUMNS];
    const lines = report.data.map((total) => csvLine(total, columns));
    return reply.headers(CSV).send(csvHead(columns) + lines.join(''));
  });

  app.get('/admin/ledger', ADMIN_ROUTE, async (request, reply) => {
    const { format, ...input } = readFormat(request.query);
    if (format === 'json') return reply.headers(NO_STORE).send(await service.entries(input));
    if (!('limit' in input)) return reply.headers(CSV).send(await ledgerCsv(service, input));
    const page = await service.entries(input);
    const lines = page.data.map((entry) => csvLine(entry, ENTRY_COLUMNS));
    return reply
      .headers({ ...CSV, ...nextPage(request.url, page) })
      .send(csvHead(ENTRY_COLUMNS) + lines.join(''));
  });
}

/** What the fields of a JSON page say, as headers: CSV has no place for them. */
function nextPage(url: string, { has_more: hasMore, last_id: lastId }: EntryPage) {
  if (!hasMore || lastId === null) return {};
  const [path = '', query = ''] = url.split('?');
  const next = new URLSearchParams(query);
  next.set('after', lastId);
  return { 'x-llmp-last-id': lastId, link: `<${path}?${next.toString()}>; rel="next"` };
}

/** Reads the first page before streaming, so invalid input or a failed store rejects the request. */
async function ledgerCsv(service: UsageService, input: Record<string, unknown>): Promise<Readable> {
  const first = await service.entries({ limit: LEDGER_PAGE_MAX, ...input });
  return Readable.from(
    (async function* () {
      yield csvHead(ENTRY_COLUMNS);
      for (let page = first; ;) {
        yield page.data.map((entry) => csvLine(entry, ENTRY_COLUMNS)).join('');
        if (!page.has_more) return;
        page = await service.entries({
          limit: LEDGER_PAGE_MAX,
          ...input,
          after: page.last_id,
        });
      }
    })(),
  );
}
