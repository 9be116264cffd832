// What a person sees first: where llmp listens, which upstream answers, and lines ready to paste.

import type { Config } from '../config/config.ts';
import { upstreamName, type Running } from './wiring.ts';

export function banner(config: Config, { url, firstKey }: Running): string {
  const key = firstKey?.key ?? '$KEY';
  const keyLine = firstKey
    ? `Key       ${firstKey.key}  (kept in ${firstKey.path}; delete the file once noted)`
    : 'Key       one of your own; put it into KEY for the lines below';
  const model = config.models?.[0] ?? 'claude-sonnet-5-5';
  return `
llmp      ${url}
Upstream  ${upstreamName(config)}
${keyLine}

Try it:
  curl ${url}/v1/messages -H 'x-api-key: ${key}' -H 'anthropic-version: 2023-06-01' \\
    -H 'content-type: application/json' \\
    -d '{"model":"${model}","max_tokens":256,"messages":[{"role":"user","content":"Hello"}]}'

Claude Code:
  export ANTHROPIC_BASE_URL=${url}
  export ANTHROPIC_AUTH_TOKEN=${key}
  claude

`.replace("'x-api-key: $KEY'", '"x-api-key: $KEY"');
}
