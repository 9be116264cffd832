import type { Config } from '../config/config.ts';
import type { FirstKey } from './first-key.ts';

export interface BannerFacts {
  readonly url: string;
  readonly version: string;
  readonly firstKey: FirstKey | undefined;
}

/** What a person sees first: the address, the upstream, the first key and commands to paste. */
export function banner(config: Config, { url, version, firstKey }: BannerFacts): string {
  const key = firstKey?.key ?? '$KEY';
  const keyLine = firstKey
    ? `Key       ${firstKey.key}  (saved in ${firstKey.path}; delete the file once you have noted it)`
    : 'Key       use one of yours; set KEY to it for the commands below';
  const model = config.models?.[0] ?? 'claude-sonnet-5-5';
  return `
llmp      ${url}
Version   ${version}
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

/** The configured upstream, in words for people. */
export function upstreamName({ upstream }: Pick<Config, 'upstream'>): string {
  switch (upstream.kind) {
    case 'simulator':
      return 'built-in simulator (no model behind it)';
    case 'http':
      return upstream.url;
    case 'pool':
      return upstream.pool.upstreams.map(({ name, url }) => `${name} (${url})`).join(', ');
  }
}
