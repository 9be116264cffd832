import {
  addressOf,
  DependencyError,
  networkError,
} from '../../../shared/runtime/dependency-error.ts';

const SETTING = 'DATABASE_URL';
const LOGIN = 'DATABASE_URL and PGPASSFILE';
const SETTINGS = { address: SETTING, login: LOGIN, certificate: SETTING };

/** SQLSTATE of a server that is starting, stopping or full (class 57P and 53300). */
const PASSING = /^(57P0[123]|53300)$/;

/** Maps connection failures to a `DependencyError` with server, user and setting; other errors pass through. */
export function postgresError(error: unknown, url: string): unknown {
  if (!(error instanceof Error) || error instanceof DependencyError) return error;
  const component = 'Postgres';
  const address = addressOf(url, 5432);
  const failure = (what: string, isTransient: boolean, setting = SETTING, code?: string) =>
    new DependencyError({ component, address, what, setting, code, isTransient, cause: error });
  const state = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const { username } = new URL(url);
  const user = username ? `the user ${JSON.stringify(decodeURIComponent(username))}` : 'the user';

  if (PASSING.test(state))
    return failure(`accepts no connections now (${state})`, true, SETTING, state);
  if (state.startsWith('28')) return failure(`rejects ${user} (${state})`, false, LOGIN, state);
  if (state === '3D000') return failure('has no such database (3D000)', false, SETTING, state);
  if (state === '42501')
    return failure(
      `denies ${user} permissions that the index needs (42501)`,
      false,
      SETTING,
      state,
    );
  if (/password must be a (non-empty )?string/.test(error.message)) {
    return failure(`requires a password for ${user}`, false, LOGIN);
  }
  const ofNetwork = networkError(error, { component, address, settings: SETTINGS });
  if (ofNetwork) return ofNetwork;
  if (/timeout/i.test(error.message)) return failure('did not respond in time', true);
  if (/Connection terminated/i.test(error.message)) return failure('closed the connection', true);
  if (/SSL/.test(error.message)) return failure('does not accept TLS connections', false);
  return error;
}
