// Asks a model of the configured upstream one question, for the judges of a policy. Not by way of the
// gateway's own workers: a judge that is itself judged would never come to an end.

import * as z from 'zod';
import type { AskModel } from '../../shared/policy/matcher.ts';
import { readAllBytes } from '../../shared/runtime/bytes.ts';
import type { Config } from '../config/config.ts';
import type { Transport } from '../upstream/transport.ts';

const ANSWER_TOKENS_MAX = 16;
const ANSWER_BYTES_MAX = 64 * 1024;

const answerShape = z.looseObject({
  content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
});

/** `credential` is raw header pairs. Rejects when the upstream refuses or says something else. */
export function createAskModel(transport: Transport, credential: readonly string[]): AskModel {
  return async ({ model, system, prompt }, signal) => {
    const request = {
      model,
      max_tokens: ANSWER_TOKENS_MAX,
      system,
      messages: [{ role: 'user', content: prompt }],
    };
    const reply = await transport({
      method: 'POST',
      path: '/v1/messages',
      headers: [...HEADERS, ...credential],
      body: Buffer.from(JSON.stringify(request)),
      signal,
    });
    const answer = await readAllBytes(reply.body, ANSWER_BYTES_MAX, tooLarge);
    if (reply.status !== 200) throw new Error(`the judge answered ${reply.status}`);
    const { content } = answerShape.parse(JSON.parse(answer.toString('utf8')));
    return content.map(({ text = '' }) => text).join('');
  };
}

function tooLarge(): Error {
  return new Error('the judge said more than was asked');
}

/** Raw header pairs that say who pays for what is asked; none without a key. */
export function credentialOf({ upstream }: Pick<Config, 'upstream'>): readonly string[] {
  // Several upstreams have keys of their own, which their pool adds.
  if (upstream.kind !== 'http' || !upstream.credential) return [];
  return [upstream.credential.header, upstream.credential.value];
}

const HEADERS = [
  'content-type',
  'application/json',
  'anthropic-version',
  '2023-06-01',
  'accept-encoding',
  'identity',
];
