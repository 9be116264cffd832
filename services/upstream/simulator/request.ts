// Reads the request fields that the simulator uses and accepts all others, as newer clients may send
// unknown ones.

import * as z from 'zod';
import { badRequest } from './api-error.ts';

const contentBlock = z.looseObject({ type: z.string() });

const conversation = z.looseObject({
  model: z.string().min(1),
  messages: z
    .array(
      z.looseObject({
        role: z.enum(['user', 'assistant', 'system']),
        content: z.union([z.string(), z.array(contentBlock)]),
      }),
    )
    .min(1, 'at least one message is required'),
  system: z.unknown().optional(),
  tools: z.unknown().optional(),
});

const messagesRequest = conversation.extend({
  max_tokens: z.int().nonnegative(),
  stream: z.boolean().nullish(),
  stop_sequences: z.array(z.string()).nullish(),
  thinking: z.looseObject({ type: z.string(), display: z.string().nullish() }).nullish(),
});

export type ContentBlock = z.infer<typeof contentBlock>;
export type Conversation = z.infer<typeof conversation>;
export type MessagesRequest = z.infer<typeof messagesRequest>;

/** Body of POST /v1/messages. Throws a 400 error in the API's wording, `messages: Field required`. */
export function readMessagesRequest(body: Uint8Array): MessagesRequest {
  return read(messagesRequest, body);
}

/** Body of POST /v1/messages/count_tokens, which needs no `max_tokens`. */
export function readConversation(body: Uint8Array): Conversation {
  return read(conversation, body);
}

/** A rough estimate of four characters per token. */
export function estimateInputTokens({ system, messages, tools }: Conversation): number {
  return Math.ceil(JSON.stringify([system, messages, tools]).length / 4);
}

function read<Output>(schema: z.ZodType<Output>, body: Uint8Array): Output {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw badRequest('The request body is not valid JSON.');
  }
  const parsed = schema.safeParse(json, {
    error: (issue) => (issue.input === undefined ? 'Field required' : undefined),
  });
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) =>
    issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`,
  );
  throw badRequest(issues.join('; '));
}
