// POST /v1/messages.

import type { FastifyInstance } from 'fastify';
import { readMessageRequest } from '../request/message-request.ts';
import { conversationHandler, type ConversationPorts } from './conversation.ts';

export function messagesRoute(app: FastifyInstance, ports: ConversationPorts): void {
  const leased = { config: { isLeased: true } };
  app.post('/v1/messages', leased, conversationHandler(ports, 'message', readMessageRequest));
}
