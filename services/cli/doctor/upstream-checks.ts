// Whether each upstream can be reached and accepts its keys: asks it for its list of models.

import { withDeadline, type Clock } from '../../../shared/runtime/clock.ts';
import { RequestBody } from '../../../shared/protocol/body.ts';
import { pairsOf } from '../../../shared/runtime/raw-headers.ts';
import type { Config, UpstreamConfig } from '../../config/config.ts';
import { openTransport } from '../../upstream/open-transport.ts';
import {
  clockCheck,
  CHECK_MS,
  fail,
  failedBy,
  note,
  ok,
  skewSeconds,
  type Check,
} from './check.ts';

interface Endpoint {
  readonly name: string;
  readonly upstream: UpstreamConfig;
  readonly headers: readonly string[];
}

export async function upstreamChecks(config: Config, clock: Clock): Promise<Check[]> {
  const { upstream } = config;
  if (upstream.kind === 'simulator') {
    return [
      note(
        'upstream',
        'the built-in simulator, no model behind it',
        'set ANTHROPIC_API_KEY to reach one',
      ),
    ];
  }
  const checks = await Promise.all(
    endpointsOf(upstream).map((endpoint) => endpointChecks(endpoint, config, clock)),
  );
  const clocks = checks.flat().filter(({ check }) => check === 'clock');
  const [worst] = clocks.toSorted((one) => (one.state === 'fail' ? -1 : 1));
  return [...checks.flat().filter(({ check }) => check !== 'clock'), ...(worst ? [worst] : [])];
}

/** Every key of every upstream. */
function endpointsOf(upstream: UpstreamConfig): Endpoint[] {
  switch (upstream.kind) {
    case 'simulator':
      return [];
    case 'http': {
      const { credential } = upstream;
      const headers = credential ? [credential.header, credential.value] : [];
      return [{ name: 'upstream', upstream, headers }];
    }
    case 'pool':
      return upstream.pool.upstreams.flatMap((entry) => {
        const common = { kind: 'http', url: entry.url, credential: null } as const;
        const extra = Object.entries(entry.headers).flat();
        const keys = entry.keys.length === 0 ? [null] : entry.keys;
        return keys.map((key, at) => ({
          name: `upstream ${entry.name}${keys.length > 1 ? ` key ${at + 1}` : ''}`,
          upstream: common,
          headers: [
            ...extra,
            ...(key === null
              ? []
              : entry.auth === 'bearer'
                ? ['authorization', `Bearer ${key}`]
                : ['x-api-key', key]),
          ],
        }));
      });
  }
}

async function endpointChecks(
  { name, upstream, headers }: Endpoint,
  config: Config,
  clock: Clock,
): Promise<Check[]> {
  const url = upstream.kind === 'http' ? upstream.url : '';
  await using transport = await openTransport({ ...config, upstream }, clock, {
    upstreamHealth: () => {},
  });
  try {
    const { signal } = new AbortController();
    const response = await withDeadline(clock, CHECK_MS, signal, async (deadline) => {
      const request = {
        method: 'GET',
        path: '/v1/models?limit=1',
        headers: [...headers, 'anthropic-version', '2023-06-01'],
        body: new RequestBody(Buffer.alloc(0)),
        signal: deadline,
      } as const;
      return await transport(request);
    });
    const date = pairsOf(response.headers).find(([header]) => header.toLowerCase() === 'date')?.[1];
    return [
      statusCheck(name, url, response.status, headers.length > 0),
      clockCheck(url, skewSeconds(date, clock.now())),
    ];
  } catch (error) {
    return [failedBy(name, error, `check the address ${url} and the way there`)];
  }
}

function statusCheck(name: string, url: string, status: number, hasKey: boolean): Check {
  if (status === 200) return ok(name, `${url} ${hasKey ? 'accepts the key' : 'can be reached'}`);
  if (status === 401 || status === 403) {
    const found = `${url} refuses the key (status ${status})`;
    return fail(
      name,
      found,
      'set a valid ANTHROPIC_API_KEY or LLMP_UPSTREAM_TOKEN, or key in LLMP_UPSTREAMS',
    );
  }
  if (status === 404 || status === 405) {
    return note(name, `${url} can be reached, and has no list of models to try the key with`);
  }
  return fail(
    name,
    `${url} responds with status ${status}`,
    'try again; see the status of the provider',
  );
}
