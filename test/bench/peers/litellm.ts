// LiteLLM's proxy, alone or with its content filter of eleven patterns.

import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PeerProgram } from './peers.ts';

const PATTERNS =
  'email us_phone visa mastercard amex discover iban us_ssn ipv4 aws_access_key github_token'.split(
    ' ',
  );

export const litellm: PeerProgram = {
  program: 'litellm',
  files: [],
  readyPath: '/health/liveliness',
  commandOf({ program, folder, port, upstreamUrl, isGuarded }) {
    const file = join(folder, 'litellm.yaml');
    const patterns = PATTERNS.map((name) => ({
      pattern_type: 'prebuilt',
      pattern_name: name,
      action: 'MASK',
    }));
    const filter = {
      guardrail_name: 'bench',
      litellm_params: {
        guardrail: 'litellm_content_filter',
        mode: 'pre_call',
        default_on: true,
        patterns,
      },
    };
    const config = {
      model_list: [
        {
          model_name: 'claude-haiku-4-5',
          litellm_params: {
            model: 'anthropic/claude-haiku-4-5',
            api_base: upstreamUrl,
            api_key: 'bench',
          },
        },
      ],
      litellm_settings: { telemetry: false },
      ...(isGuarded ? { guardrails: [filter] } : {}),
    };
    // It starts only with a key that is not weak.
    const key = `sk-${randomBytes(24).toString('hex')}`;
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(config));
    return {
      command: [program, '--config', file, '--host', '127.0.0.1', '--port', String(port)],
      env: { LITELLM_LOCAL_MODEL_COST_MAP: 'True', LITELLM_LOG: 'ERROR', LITELLM_MASTER_KEY: key },
      headers: { 'x-api-key': key },
    };
  },
};
