// Turns errors of the Redis client into a `DependencyError` that names the server and the setting to
// check. Only the first word of an error reply is shown, as the rest may quote the command.

import { DependencyError, networkError } from '../runtime/dependency-error.ts';
import { readRedisUrl, redisAddresses } from '../runtime/redis-url.ts';

/** Error replies that are temporary. */
const TEMPORARY = /^(LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|BUSY)$/;
/** Temporary where a failover follows: a former primary, or a redirect to it. */
const FAILING_OVER = /^(READONLY|MOVED|ASK|UNBLOCKED)$/;
/** Errors of the client itself when the connection is lost. */
const CONNECTION_CLOSED =
  /^Connection is closed|max retries per request|aborted due to connection close|Cluster is ended/i;
/** Of the client for a cluster none of whose nodes responds. */
const ALL_UNREACHABLE = /None of startup nodes|Failed to refresh slots cache/i;
/** Of the client for sentinels; all that it says of the last one's error is its text. */
const ALL_SENTINELS = /^All sentinels are unreachable[^.]*\.(?: Last error: (.*))?/s;

/** Returns errors that come neither from the server nor from the client unchanged. */
export function redisError(error: unknown, url: string): unknown {
  if (!(error instanceof Error) || error instanceof DependencyError) return error;
  const { kind = 'server', username } = readRedisUrl(url) ?? {};
  const component = 'Redis';
  const address = redisAddresses(url);
  const login = username ? 'REDIS_URL and REDIS_PASSWORD' : 'REDIS_URL';
  const settings = { address: 'REDIS_URL', login, certificate: 'REDIS_CA' };
  const errorOf = (what: string, isTransient: boolean, setting?: string, code?: string) =>
    new DependencyError({ component, address, what, setting, code, isTransient, cause: error });

  if (CONNECTION_CLOSED.test(error.message))
    return errorOf('closed the connection', true, 'REDIS_URL');
  if (error.message === 'Command timed out')
    return errorOf('did not respond in time', true, 'REDIS_URL');
  if (ALL_UNREACHABLE.test(error.message)) return errorOf('cannot be reached', true, 'REDIS_URL');
  const [allSentinels, sentinelReason] = ALL_SENTINELS.exec(error.message) ?? [];
  if (allSentinels !== undefined) return errorOf(...sentinelProblem(sentinelReason));
  const ofNetwork = networkError(error, { component, address, settings });
  if (ofNetwork) return ofNetwork;
  if (error.name === 'ParserError') {
    return errorOf('does not respond as a Redis server does', false, 'REDIS_URL');
  }
  if (error.name !== 'ReplyError') return error;
  const code = /^[A-Z]+/.exec(error.message)?.[0] ?? 'ERR';
  const user = username ? `the user ${JSON.stringify(username)}` : 'the password';
  const isTemporary = TEMPORARY.test(code) || (kind !== 'server' && FAILING_OVER.test(code));
  switch (code) {
    case 'WRONGPASS':
      return errorOf(`refused ${user} (WRONGPASS)`, false, login, code);
    case 'NOAUTH':
      return errorOf('asks for a password (NOAUTH)', false, login, code);
    case 'NOPERM':
      return errorOf(
        `does not permit ${user} a command (NOPERM)`,
        false,
        'its rights on the server',
        code,
      );
    default:
      if (/max number of clients/.test(error.message))
        return errorOf('has too many clients', true, 'REDIS_URL');
      return errorOf(`refused a command (${code})`, isTemporary, undefined, code);
  }
}

/** What is wrong, whether it may pass, the setting to check, and the code. */
function sentinelProblem(
  reason: string | undefined,
): [string, boolean, string, string | undefined] {
  if (reason === undefined || /No such master/i.test(reason)) {
    return ['know no primary of that name', false, 'REDIS_URL', undefined];
  }
  const [code] = /\b(WRONGPASS|NOAUTH|NOPERM|E[A-Z]{5,}|EAI_AGAIN)\b/.exec(reason) ?? [];
  const shown = code === undefined ? '' : ` (${code})`;
  if (code !== undefined && !code.startsWith('E')) {
    const setting = 'REDIS_SENTINEL_USER and REDIS_SENTINEL_PASSWORD';
    return [`refuse the login of sentinels${shown}`, false, setting, code];
  }
  if (/certificate/i.test(reason)) {
    return ['cannot be reached over TLS', false, 'REDIS_CA and REDIS_URL', undefined];
  }
  return [`cannot be reached${shown}`, true, 'REDIS_URL', code];
}

/** The error for a server that is still loading; the client itself would only wait. */
export function redisLoading(url: string): DependencyError {
  return notReady(url, 'is still loading its data', 'LOADING');
}

/** The error for a cluster that does not serve all of its slots, for which the client has none. */
export function redisClusterDown(url: string): DependencyError {
  return notReady(url, 'is not ready', 'CLUSTERDOWN');
}

function notReady(url: string, what: string, code: string): DependencyError {
  return new DependencyError({
    component: 'Redis',
    address: redisAddresses(url),
    what: `${what} (${code})`,
    code,
    isTransient: true,
  });
}
