// Sends a reply that is not a stream: status, headers and bytes as the upstream gave them.

import type { ServerResponse } from 'node:http';
import type { Reply } from '../dispatch/exchange.ts';

export function replyWhole(
  response: ServerResponse,
  { head, bytes }: Extract<Reply, { kind: 'whole' }>,
  requestId: string,
): void {
  response.writeHead(head.status, [
    ...head.headers,
    'content-length',
    String(bytes.byteLength),
    'request-id',
    requestId,
  ]);
  response.end(bytes);
}
