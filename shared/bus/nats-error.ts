// What an error of the NATS client means to the operator: which servers, which user, which setting.

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
  networkFault,
  type DependencyFault,
} from '../runtime/dependency-error.ts';

export interface NatsLogin {
  readonly servers: readonly string[];
  readonly user?: string | undefined;
}

const LOGIN = 'NATS_USER and NATS_PASSWORD';
const COMPONENT = 'NATS';

/** `nats:4222`, or several of them. */
export function natsAddress(servers: readonly string[]): string {
  return servers.map((server) => addressOf(server, 4222)).join(', ');
}

/** Names servers and user where the error is the client's; others are given back as they are. */
export function natsError(error: unknown, { servers, user }: NatsLogin): unknown {
  const address = natsAddress(servers);
  const onError = (more: Omit<DependencyFault, 'component' | 'address' | 'cause'>) =>
    new DependencyError({ component: COMPONENT, address, cause: error, ...more });
  if (error instanceof DependencyError) return error;
  if (error instanceof PermissionViolationError) {
    const { operation, subject } = error;
    const does = operation === 'publish' ? 'publish to' : 'subscribe to';
    const what = `does not let ${named(user)} ${does} ${subject} (permissions violation)`;
    const setting = 'NATS_USER and its permissions on the server';
    // The log shows both by these names.
    return Object.assign(onError({ what, setting, isPassing: false }), { operation, subject });
  }
  if (error instanceof AuthorizationError || error instanceof UserAuthenticationExpiredError) {
    // A busy server says so where the client was too slow for it, which says nothing of the login.
    const isPassing = /authentication timeout/i.test(error.message);
    const reason = isPassing ? ' (authentication timeout)' : '';
    return onError({ what: `refused ${named(user)}${reason}`, setting: LOGIN, isPassing });
  }
  const settings = {
    address: 'NATS_URL',
    login: LOGIN,
    certificate: 'NATS_CA, NATS_CERT, NATS_KEY',
  };
  const ofNetwork = networkFault(error, { component: COMPONENT, address, settings });
  if (ofNetwork) return ofNetwork;
  if (error instanceof TimeoutError) {
    return onError({ what: 'did not answer in time', setting: 'NATS_URL', isPassing: true });
  }
  if (error instanceof ConnectionError && /support 'tls'/.test(error.message)) {
    return onError({ what: 'does not speak TLS', setting: 'NATS_URL', isPassing: false });
  }
  if (error instanceof ConnectionError || error instanceof ClosedConnectionError) {
    return onError({ what: 'closed the connection', setting: 'NATS_URL', isPassing: true });
  }
  if (error instanceof ProtocolError) {
    const what = 'broke off the conversation (protocol error)';
    return onError({ what, setting: 'NATS_URL', isPassing: false });
  }
  return error;
}

/** While connecting every other error means that something else answers at that address. */
export function natsStartError(error: unknown, login: NatsLogin): unknown {
  const onError = natsError(error, login);
  if (onError instanceof DependencyError) return onError;
  return new DependencyError({
    component: COMPONENT,
    address: natsAddress(login.servers),
    what: 'does not answer as a NATS server does',
    setting: 'NATS_URL',
    isPassing: false,
    cause: error,
  });
}

function named(user: string | undefined): string {
  return user === undefined ? 'a connection without a user' : `the user ${JSON.stringify(user)}`;
}
