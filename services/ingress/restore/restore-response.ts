// Replaces placeholders in a response with the client's own values and reports what was scrubbed.
// Everything that needs no change passes byte for byte.

import {
  BufferedSource,
  StreamSource,
  type EventSource,
} from '../../../shared/anthropic/sse/event-source.ts';
import { ResponsePipeline } from '../../../shared/anthropic/sse/response-transform.ts';
import { transformed } from '../../../shared/anthropic/sse/transformed.ts';
import type { Vault } from '../../../shared/privacy/vault.ts';
import { finished } from '../../../shared/runtime/finished.ts';
import type { TimeSlice } from '../../../shared/runtime/time-slice.ts';
import type { WorkerResponse } from '../dispatch/exchange.ts';
import type { StageReports } from '../dispatch/stage-reports.ts';
import type { Chunk } from '../dispatch/chunk-queue.ts';
import { CitationRenumberer } from './citation-renumberer.ts';
import { ValueRestorer } from './value-restorer.ts';

/** Only complete events are yielded, so an error event can follow if the stream breaks off. */
const CHUNKS = {
  bytesOf: ({ bytes }: Chunk) => bytes,
  chunkOf: (bytes: Uint8Array): Chunk => ({ bytes, more: false }),
};

/** Called for placeholders that stay because they stand in a URL. */
export type OnKept = (placeholders: number) => void;

/** Whether the stages replaced values, shifted documents or added search results. */
export function needsRestoring({ values, documents, retrievalReport }: StageReports): boolean {
  const isRenumbered = retrievalReport?.searchResults !== undefined;
  return isRenumbered || values.size > 0 || Object.keys(documents).length > 0;
}

/**
 * The response for the client, with the `x-llmp-…` headers of the stages.
 * @param onKept called for placeholders that stay because they stand in a URL
 */
export async function restoreResponse(
  response: WorkerResponse,
  reports: StageReports,
  timeSlice: TimeSlice,
  onKept: OnKept = () => {},
): Promise<WorkerResponse> {
  const { counts, unscrubbed = {}, retrievalReport } = reports;
  const rag = retrievalReport ? ['x-llmp-rag', retrievalReport.header] : [];
  const headers = [
    ...response.head.headers,
    ...countsHeader('x-llmp-scrubbed', counts),
    ...countsHeader('x-llmp-unscrubbed', unscrubbed),
    ...rag,
  ];
  const head = { status: response.head.status, headers };
  if (!needsRestoring(reports)) return { ...response, head };
  if (response.kind === 'buffered') {
    let kept = 0;
    const count: OnKept = (placeholders) => (kept += placeholders);
    const bytes = await timeSlice.run(restoreSteps(response.bytes, reports, count));
    if (kept === 0) return { ...response, head, bytes };
    onKept(kept);
    return { ...response, head: withHeader(head, 'x-llmp-unrestored', String(kept)), bytes };
  }
  const pipeline = restoring(new StreamSource(), reports, onKept);
  return { ...response, head, chunks: transformed(response.chunks, pipeline, CHUNKS, timeSlice) };
}

/**
 * Restores a message, a token count or an error; text that is not JSON is restored as plain text.
 * @returns the same bytes when there is nothing to restore
 */
export function restoreBuffered(bytes: Uint8Array, reports: StageReports): Uint8Array {
  return finished(restoreSteps(bytes, reports));
}

/** Like `restoreBuffered`, in short steps. */
export function* restoreSteps(
  bytes: Uint8Array,
  reports: StageReports,
  onKept?: OnKept,
): Generator<void, Uint8Array> {
  const pipeline = restoring(new BufferedSource(), reports, onKept);
  pipeline.push(bytes);
  const passed = pipeline.endSteps();
  const restored = passed instanceof Uint8Array ? passed : yield* passed;
  if (pipeline.failure) throw pipeline.failure.error;
  return restored;
}

/** The transforms of the ingress. */
export function restoring(
  source: EventSource,
  reports: StageReports,
  onKept?: OnKept,
): ResponsePipeline {
  return new ResponsePipeline(source, [
    new ValueRestorer(reports, onKept),
    new CitationRenumberer(reports),
  ]);
}

function withHeader(head: WorkerResponse['head'], ...pair: [string, string]) {
  return { ...head, headers: [...head.headers, ...pair] };
}

/** `x-llmp-scrubbed: CREDIT_CARD=1, EMAIL_ADDRESS=2` as a raw pair; empty without findings. */
function countsHeader(name: string, counts: Vault['counts']): string[] {
  const entities = Object.keys(counts).toSorted();
  if (entities.length === 0) return [];
  return [name, entities.map((entity) => `${entity}=${counts[entity]}`).join(', ')];
}
