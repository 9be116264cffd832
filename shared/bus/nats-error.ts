// Maps errors of the NATS client to servers, user and setting for the operator.

import {
  AuthorizationError,
  ClosedConnectionError,
  ConnectionError,
  PermissionViolationError,
  ProtocolError,
  TimeoutError,
  UserAuthenticationExpiredError,
} from '@nats-io/transport-node';
import {
  addressOf,
  DependencyError,
  networkError,
  type DependencyErrorOptions,
} from '../runtime/dependency-error.ts';

export interface NatsLogin {
  readonly servers: readonly string[];
  readonly user?: string | undefined;
}

const LOGIN = 'NATS_USER and NATS_PASSWORD';
const COMPONENT = 'NATS';

/** Host and port of each server, separated by commas. */
export function natsAddress(servers: readonly string[]): string {
  return servers.map((server) => addressOf(server, 4222)).join(', ');
}

/** Converts errors of the client and the network; returns all others unchanged. */
export function natsError(error: unknown, { servers, user }: NatsLogin): unknown {
  const address = natsAddress(servers);
  const failure = (more: Omit<DependencyErrorOptions, 'component' | 'address' | 'cause'>) =>
    new DependencyError({ component: COMPONENT, address, cause: error, ...more });
  if (error instanceof DependencyError) return error;
  if (error instanceof PermissionViolationError) {
    const { operation, subject } = error;
    const action = operation === 'publish' ? 'publish to' : 'subscribe to';
    const what = `does not let ${nameOf(user)} ${action} ${subject} (permissions violation)`;
    const setting = 'NATS_USER and its permissions on the server';
    // `log.ts` logs these two properties.
    return Object.assign(failure({ what, setting, isTransient: false }), { operation, subject });
  }
  if (error instanceof AuthorizationError || error instanceof UserAuthenticationExpiredError) {
    // A busy server also rejects a slow client, whatever its login.
    const isTransient = /authentication timeout/i.test(error.message);
    const reason = isTransient ? ' (authentication timeout)' : '';
    return failure({ what: `refused ${nameOf(user)}${reason}`, setting: LOGIN, isTransient });
  }
  const settings = {
    address: 'NATS_URL',
    login: LOGIN,
    certificate: 'NATS_CA, NATS_CERT, NATS_KEY',
  };
  const unreachable = networkError(error, { component: COMPONENT, address, settings });
  if (unreachable) return unreachable;
  if (error instanceof TimeoutError) {
    return failure({ what: 'did not respond in time', setting: 'NATS_URL', isTransient: true });
  }
  if (error instanceof ConnectionError && /support 'tls'/.test(error.message)) {
    return failure({ what: 'does not support TLS', setting: 'NATS_URL', isTransient: false });
  }
  if (error instanceof ConnectionError || error instanceof ClosedConnectionError) {
    return failure({ what: 'closed the connection', setting: 'NATS_URL', isTransient: true });
  }
  if (error instanceof ProtocolError) {
    const what = 'closed the connection (protocol error)';
    return failure({ what, setting: 'NATS_URL', isTransient: false });
  }
  return error;
}

/** While connecting, any other error means that the address belongs to some other server. */
export function natsStartError(error: unknown, login: NatsLogin): unknown {
  const converted = natsError(error, login);
  if (converted instanceof DependencyError) return converted;
  return new DependencyError({
    component: COMPONENT,
    address: natsAddress(login.servers),
    what: 'is not a NATS server',
    setting: 'NATS_URL',
    isTransient: false,
    cause: error,
  });
}

function nameOf(user: string | undefined): string {
  return user === undefined ? 'a connection without a user' : `the user ${JSON.stringify(user)}`;
}
