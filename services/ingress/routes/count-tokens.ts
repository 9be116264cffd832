// POST /v1/messages/count_tokens. The request passes the same workers as a message, so the count
// covers what would be sent.

import type { FastifyInstance } from 'fastify';
import { readCountRequest } from '../request/message-request.ts';
import { conversationHandler, type ConversationPorts } from './conversation.ts';

export function countTokensRoute(app: FastifyInstance, ports: ConversationPorts): void {
  app.post('/v1/messages/count_tokens', conversationHandler(ports, 'count', readCountRequest));
}
