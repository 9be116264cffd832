// What an error of the Redis client means to the operator: which server, which user, which setting.
// Of a reply only its first word is told, as what follows may quote the command.

import { addressOf, DependencyError, networkError } from '../runtime/dependency-error.ts';

/** First words of replies that end by themselves. */
const PASSING = /^(LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY)$/;
/** What the client says by itself, where no command was answered. */
const CLOSED = /^Connection is closed|max retries per request|aborted due to connection close/i;

/** Names the server where the error is its own or the client's; others are given back as they are. */
export function redisError(error: unknown, url: string): unknown {
  if (!(error instanceof Error) || error instanceof DependencyError) return error;
  const { username } = new URL(url);
  const component = 'Redis';
  const address = addressOf(url, 6379);
  const login = username ? 'REDIS_URL and REDIS_PASSWORD' : 'REDIS_URL';
  const settings = { address: 'REDIS_URL', login, certificate: 'REDIS_CA' };
  const onError = (what: string, isTransient: boolean, setting?: string, code?: string) =>
    new DependencyError({ component, address, what, setting, code, isTransient, cause: error });

  if (CLOSED.test(error.message)) return onError('closed the connection', true, 'REDIS_URL');
  if (error.message === 'Command timed out')
    return onError('did not answer in time', true, 'REDIS_URL');
  const ofNetwork = networkError(error, { component, address, settings });
  if (ofNetwork) return ofNetwork;
  if (error.name === 'ParserError') {
    return onError('does not answer as a Redis server does', false, 'REDIS_URL');
  }
  if (error.name !== 'ReplyError') return error;
  const code = /^[A-Z]+/.exec(error.message)?.[0] ?? 'ERR';
  const user = username
    ? `the user ${JSON.stringify(decodeURIComponent(username))}`
    : 'the password';
  switch (code) {
    case 'WRONGPASS':
      return onError(`refused ${user} (WRONGPASS)`, false, login, code);
    case 'NOAUTH':
      return onError('asks for a password (NOAUTH)', false, login, code);
    case 'NOPERM':
      return onError(
        `does not permit ${user} a command (NOPERM)`,
        false,
        'its rights on the server',
        code,
      );
    default:
      if (/max number of clients/.test(error.message))
        return onError('has too many clients', true, 'REDIS_URL');
      return onError(`refused a command (${code})`, PASSING.test(code), undefined, code);
  }
}

/** As the server says it to commands; the client only waits. */
export function redisLoading(url: string): DependencyError {
  return new DependencyError({
    component: 'Redis',
    address: addressOf(url, 6379),
    what: 'is still loading its data (LOADING)',
    code: 'LOADING',
    isTransient: true,
  });
}
