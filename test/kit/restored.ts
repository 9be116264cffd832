// The content of a response as a client gets it after restoring.

import { restoreBuffered, restoring } from '../../services/ingress/restore/restore-response.ts';
import { StreamSource } from '../../shared/anthropic/sse/event-source.ts';
import type { Vault } from '../../shared/privacy/vault.ts';
import {
  readResponse,
  responseBody,
  responseEvents,
  type Block,
  type Cutting,
} from './responses.ts';

export function buffered(blocks: readonly Block[], vault: Vault): unknown {
  const bytes = Buffer.from(restoreBuffered(Buffer.from(responseBody(blocks)), vault));
  return (JSON.parse(bytes.toString()) as { content: unknown }).content;
}

export function streamed(blocks: readonly Block[], vault: Vault, cutting: Cutting): unknown {
  const restorer = restoring(new StreamSource(), vault);
  const events = responseEvents(blocks, cutting).map((event) => restorer.push(Buffer.from(event)));
  return readResponse(Buffer.concat([...events, restorer.end()]).toString()).content;
}
