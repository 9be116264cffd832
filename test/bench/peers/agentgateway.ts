// agentgateway, alone or with a guard that masks four expressions in every message.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastingPort } from '../../kit/lasting-port.ts';
import { GUARD_PATTERNS } from './guard-patterns.ts';
import type { PeerProgram } from './peers.ts';

export const agentgateway: PeerProgram = {
  program: 'agentgateway',
  files: [],
  async commandOf({ program, folder, port, upstreamUrl, isGuarded }) {
    const file = join(folder, 'agentgateway.json');
    const { host } = new URL(upstreamUrl);
    const rules = Object.values(GUARD_PATTERNS).map((pattern) => ({ pattern }));
    const guard = { promptGuard: { request: [{ regex: { action: 'mask', rules } }] } };
    const route = {
      policies: { ai: { routes: { '/v1/messages': 'messages' }, ...(isGuarded ? guard : {}) } },
      backends: [
        {
          ai: { name: 'bench', hostOverride: host, provider: { anthropic: {} } },
          policies: { backendAuth: { key: 'bench' } },
        },
      ],
    };
    // JSON is YAML.
    const config = {
      config: {
        adminAddr: `127.0.0.1:${await lastingPort()}`,
        statsAddr: `127.0.0.1:${await lastingPort()}`,
        readinessAddr: `127.0.0.1:${await lastingPort()}`,
      },
      binds: [{ port, listeners: [{ routes: [route] }] }],
    };
    writeFileSync(file, JSON.stringify(config));
    return { command: [program, '-f', file] };
  },
};
