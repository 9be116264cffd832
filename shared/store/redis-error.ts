// Turns errors of the Redis client into a `DependencyError` that names the server and the setting to
// check. Only the first word of an error reply is shown, as the rest may quote the command.

import { addressOf, DependencyError, networkError } from '../runtime/dependency-error.ts';

/** Error replies that are temporary. */
const TEMPORARY = /^(LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY)$/;
/** Errors of the client itself when the connection is lost. */
const CONNECTION_CLOSED =
  /^Connection is closed|max retries per request|aborted due to connection close/i;

/** Returns errors that come neither from the server nor from the client unchanged. */
export function redisError(error: unknown, url: string): unknown {
  if (!(error instanceof Error) || error instanceof DependencyError) return error;
  const { username } = new URL(url);
  const component = 'Redis';
  const address = addressOf(url, 6379);
  const login = username ? 'REDIS_URL and REDIS_PASSWORD' : 'REDIS_URL';
  const settings = { address: 'REDIS_URL', login, certificate: 'REDIS_CA' };
  const errorOf = (what: string, isTransient: boolean, setting?: string, code?: string) =>
    new DependencyError({ component, address, what, setting, code, isTransient, cause: error });

  if (CONNECTION_CLOSED.test(error.message))
    return errorOf('closed the connection', true, 'REDIS_URL');
  if (error.message === 'Command timed out')
    return errorOf('did not respond in time', true, 'REDIS_URL');
  const ofNetwork = networkError(error, { component, address, settings });
  if (ofNetwork) return ofNetwork;
  if (error.name === 'ParserError') {
    return errorOf('does not respond as a Redis server does', false, 'REDIS_URL');
  }
  if (error.name !== 'ReplyError') return error;
  const code = /^[A-Z]+/.exec(error.message)?.[0] ?? 'ERR';
  const user = username
    ? `the user ${JSON.stringify(decodeURIComponent(username))}`
    : 'the password';
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
      return errorOf(`refused a command (${code})`, TEMPORARY.test(code), undefined, code);
  }
}

/** The error for a server that is still loading; the client itself would only wait. */
export function redisLoading(url: string): DependencyError {
  return new DependencyError({
    component: 'Redis',
    address: addressOf(url, 6379),
    what: 'is still loading its data (LOADING)',
    code: 'LOADING',
    isTransient: true,
  });
}
