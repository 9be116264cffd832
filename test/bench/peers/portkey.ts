// Portkey's gateway, alone or with a guardrail of four expressions, which reads the last message.

import { GUARD_PATTERNS } from './guard-patterns.ts';
import type { PeerProgram } from './peers.ts';

export const portkey: PeerProgram = {
  program: 'gateway',
  files: ['node_modules/@portkey-ai/gateway/build/start-server.js'],
  isProgram: (path) => path.includes('@portkey-ai'),
  commandOf({ program, port, upstreamUrl, isGuarded }) {
    const checks = Object.values(GUARD_PATTERNS).map((pattern) => ({
      id: 'default.regexReplace',
      parameters: { rule: `/${pattern}/g`, redactText: '[masked]' },
    }));
    const guard = { type: 'mutator', id: 'bench', deny: false, checks };
    const config = {
      provider: 'anthropic',
      api_key: 'bench',
      custom_host: `${upstreamUrl}/v1`,
      ...(isGuarded ? { before_request_hooks: [guard] } : {}),
    };
    return {
      command: [process.execPath, program, `--port=${port}`, '--headless'],
      headers: { 'x-portkey-config': JSON.stringify(config) },
    };
  },
};
