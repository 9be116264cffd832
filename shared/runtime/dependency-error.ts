// Errors of servers, listeners and directories that llmp depends on. They name component, address
// and setting, never a credential, because logs and terminals show them.

export interface DependencyErrorOptions {
  /** Such as `NATS`. */
  readonly component: string;
  /** Such as `nats:4222`; multiple addresses are separated by commas. */
  readonly address: string;
  /** Start of the message; defaults to component and address. */
  readonly subject?: string;
  /** Rest of the message, such as `cannot be reached (ENOTFOUND)`. */
  readonly what: string;
  /** Settings to check, such as `NATS_USER and NATS_PASSWORD`. */
  readonly setting?: string | undefined;
  /** What to do about it; defaults to checking the setting. */
  readonly remedy?: string | undefined;
  /** Code of the system or the server, such as `ENOTFOUND` or `WRONGPASS`. */
  readonly code?: string | undefined;
  /** Whether retrying may succeed without a change of settings. */
  readonly isTransient: boolean;
  readonly cause?: unknown;
}

export class DependencyError extends Error {
  override readonly name = 'DependencyError';
  readonly component: string;
  readonly address: string;
  readonly setting: string | undefined;
  readonly code: string | undefined;
  readonly isTransient: boolean;

  constructor(options: DependencyErrorOptions) {
    const { component, address, what, setting, cause } = options;
    const subject = options.subject ?? `${component} at ${address}`;
    const remedy = options.remedy ?? defaultRemedy(options);
    super(`${subject} ${what}${remedy === undefined ? '' : `: ${remedy}`}`, { cause });
    this.component = component;
    this.address = address;
    this.setting = setting;
    this.code = options.code;
    this.isTransient = options.isTransient;
  }
}

function defaultRemedy({ what, setting, isTransient }: DependencyErrorOptions): string | undefined {
  if (setting === undefined) return undefined;
  const isAway = isTransient && what.startsWith('cannot be reached');
  return isAway ? `start it, or correct ${setting}` : `check ${setting}`;
}

/** A server and the settings that configure its connection. */
export interface Dependency {
  readonly component: string;
  readonly address: string;
  readonly settings: {
    readonly address: string;
    readonly login: string;
    readonly certificate: string;
  };
}

/** Codes of unreachable servers, which may still be starting. */
const UNREACHABLE =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|E(HOST|NET)(UNREACH|DOWN))$/;
const CERTIFICATE = /CERT|SELF_SIGNED|^UNABLE_TO|^ERR_(OSSL|SSL|TLS)_|^EPROTO$/;

/** Converts a network or TLS error of a connection; `undefined` for any other error. */
export function networkError(error: unknown, server: Dependency): DependencyError | undefined {
  const code = codeIn(error, (text) => UNREACHABLE.test(text) || CERTIFICATE.test(text));
  if (code === undefined) return undefined;
  const { component, address, settings } = server;
  const common = { component, address, code, cause: error };
  if (UNREACHABLE.test(code)) {
    const what = `cannot be reached (${code})`;
    return new DependencyError({ ...common, what, setting: settings.address, isTransient: true });
  }
  return new DependencyError({
    ...common,
    what: `cannot be reached over TLS (${code})`,
    setting: `${settings.certificate} and ${settings.address}`,
    isTransient: false,
  });
}

/** Converts an error of listening; returns all others unchanged. `settings` name host and port. */
export function listenError(
  error: unknown,
  listener: { readonly host: string; readonly port: number },
  settings: { readonly host: string; readonly port: string },
): unknown {
  const code = codeIn(error, (text) => text in LISTEN_ERRORS);
  if (code === undefined) return error;
  const { what, setting, remedy } = LISTEN_ERRORS[code as keyof typeof LISTEN_ERRORS];
  const address = hostPort(listener.host, listener.port);
  return new DependencyError({
    component: 'listener',
    address,
    subject: `the address ${address}`,
    what,
    setting: settings[setting],
    remedy: remedy.replace('SETTING', settings[setting]),
    code,
    isTransient: false,
    cause: error,
  });
}

const LISTEN_ERRORS = {
  EADDRINUSE: {
    what: 'is in use',
    setting: 'port',
    remedy: 'stop what listens there, or set SETTING to a free port',
  },
  EACCES: {
    what: 'requires privileges (EACCES)',
    setting: 'port',
    remedy: 'set SETTING to a port from 1024 on',
  },
  EADDRNOTAVAIL: {
    what: 'does not belong to this machine (EADDRNOTAVAIL)',
    setting: 'host',
    remedy: 'set SETTING to an address of this machine, or to 0.0.0.0 for all of them',
  },
  ENOTFOUND: { what: 'is unknown (ENOTFOUND)', setting: 'host', remedy: 'check SETTING' },
  EAI_AGAIN: { what: 'cannot be resolved (EAI_AGAIN)', setting: 'host', remedy: 'check SETTING' },
} as const;

/** Converts a file or SQLite error of the data directory; returns all others unchanged. */
export function dataDirectoryError(error: unknown, directory: string): unknown {
  const code = codeIn(error, (text) => /^(E[A-Z]+|ERR_SQLITE_ERROR)$/.test(text));
  if (code === undefined) return error;
  // SQLite uses one code for everything and a fixed text per reason.
  const isSqlite = code === 'ERR_SQLITE_ERROR' && error instanceof Error && 'errstr' in error;
  const reason = isSqlite ? String(error.errstr) : (DIRECTORY_ERRORS.get(code) ?? code);
  return new DependencyError({
    component: 'data directory',
    address: directory,
    subject: `the data directory ${directory}`,
    what: `cannot be used (${reason})`,
    setting: 'LLMP_DATA_DIR',
    remedy: `${DIRECTORY_REMEDIES.get(code) ?? 'check it'}, or name another one in LLMP_DATA_DIR`,
    code,
    isTransient: code === 'EBUSY',
    cause: error,
  });
}

const DIRECTORY_ERRORS = new Map([
  ['ENOSPC', 'no space is left on its disk, ENOSPC'],
  ['EDQUOT', 'its disk quota is used up, EDQUOT'],
  ['EROFS', 'it is read-only, EROFS'],
  ['EACCES', 'permission denied, EACCES'],
  ['ENOENT', 'it or a file in it is missing, ENOENT'],
  ['EBUSY', 'another process has locked a database in it, EBUSY'],
  ['ENOTDIR', 'it or a folder above it is a file, ENOTDIR'],
  ['EEXIST', 'it is a file, EEXIST'],
]);

const DIRECTORY_REMEDIES = new Map([
  ['ENOSPC', 'free some space'],
  ['EDQUOT', 'free some space'],
  ['EROFS', 'make it writable'],
  ['EACCES', 'make it writable for the user of this process'],
  ['EPERM', 'give it to the user of this process'],
  ['EBUSY', 'stop the other process'],
]);

/** `host:port`, with an IPv6 address in brackets. */
export function hostPort(host: string, port: number | string): string {
  return `${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;
}

/** `host:port` of a URL, without its credentials. */
export function addressOf(url: string, defaultPort: number): string {
  const { hostname, port } = new URL(url);
  return hostPort(hostname, port || defaultPort);
}

/** The first matching code of the error, its aggregated errors or its causes. */
function codeIn(error: unknown, matches: (code: string) => boolean): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string' && matches(error.code)) return error.code;
  const inner = error instanceof AggregateError ? error.errors : [];
  for (const each of [...inner, error.cause]) {
    const code = codeIn(each, matches);
    if (code !== undefined) return code;
  }
  return undefined;
}
