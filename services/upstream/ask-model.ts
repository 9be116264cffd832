// Asks a model for the judges of a policy. It bypasses the gateway's own stages: a judge whose request
// is judged would never end.

import * as z from 'zod';
import type { AskModel } from '../../shared/policy/matcher.ts';
import { RequestBody } from '../../shared/protocol/body.ts';
import { readAllBytes } from '../../shared/runtime/bytes.ts';
import type { Transport } from './transport.ts';

const RESPONSE_TOKENS_MAX = 16;
const RESPONSE_BYTES_MAX = 64 * 1024;

const HEADERS = [
  'content-type',
  'application/json',
  'anthropic-version',
  '2023-06-01',
  'accept-encoding',
  'identity',
];

const messageSchema = z.looseObject({
  content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
});

/**
 * Rejects unless the upstream responds with 200 and a message.
 * @param credential raw header pairs
 */
export function createAskModel(transport: Transport, credential: readonly string[]): AskModel {
  return async ({ model, system, prompt }, signal) => {
    const request = {
      model,
      max_tokens: RESPONSE_TOKENS_MAX,
      system,
      messages: [{ role: 'user', content: prompt }],
    };
    const { status, body } = await transport({
      method: 'POST',
      path: '/v1/messages',
      headers: [...HEADERS, ...credential],
      body: new RequestBody(Buffer.from(JSON.stringify(request))),
      signal,
    });
    const bytes = await readAllBytes(body, RESPONSE_BYTES_MAX, tooLarge);
    if (status !== 200) throw new Error(`the judge's model responded with status ${status}`);
    const { content } = messageSchema.parse(JSON.parse(bytes.toString('utf8')));
    return content.map(({ text = '' }) => text).join('');
  };
}

function tooLarge(): Error {
  return new Error(`the judge's model responded with more than ${RESPONSE_BYTES_MAX} bytes`);
}
