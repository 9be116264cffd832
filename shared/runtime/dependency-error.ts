// What llmp needs beside itself and does not have: the one error that says which component, at which
// address, and which setting to look at. Never a credential: the message is for logs and terminals.

export interface DependencyFault {
  /** Such as `NATS`. */
  readonly component: string;
  /** Such as `nats:4222`; several are separated by commas. */
  readonly address: string;
  /** What the message begins with; component and address where it is left out. */
  readonly subject?: string;
  /** Goes on after it: `cannot be reached (ENOTFOUND)`. */
  readonly what: string;
  /** The settings to look at, in words: `NATS_USER and NATS_PASSWORD`. */
  readonly setting?: string | undefined;
  /** What the system or the server calls it: `ENOTFOUND`, `WRONGPASS`. */
  readonly code?: string | undefined;
  /** Whether it may be there a little later, with no setting changed. */
  readonly isPassing: boolean;
  readonly cause?: unknown;
}

export class DependencyError extends Error {
  override readonly name = 'DependencyError';
  readonly component: string;
  readonly address: string;
  readonly setting: string | undefined;
  readonly code: string | undefined;
  readonly isPassing: boolean;

  constructor(onError: DependencyFault) {
    const { component, address, what, setting, cause } = onError;
    const subject = onError.subject ?? `${component} at ${address}`;
    super(`${subject} ${what}${setting === undefined ? '' : `: check ${setting}`}`, { cause });
    this.component = component;
    this.address = address;
    this.setting = setting;
    this.code = onError.code;
    this.isPassing = onError.isPassing;
  }
}

/** A server that is spoken to, and the settings that say how. */
export interface Dependency {
  readonly component: string;
  readonly address: string;
  readonly settings: {
    readonly address: string;
    readonly login: string;
    readonly certificate: string;
  };
}

/** Names that are not known, ports nobody listens at, servers that are cut off: all may come yet. */
const UNREACHABLE =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|E(HOST|NET)(UNREACH|DOWN))$/;
const CERTIFICATE = /CERT|SELF_SIGNED|^UNABLE_TO|^ERR_(OSSL|SSL|TLS)_|^EPROTO$/;

/** What a socket's or TLS's error means for a server; undefined for any other error. */
export function networkFault(error: unknown, server: Dependency): DependencyError | undefined {
  const code = codeIn(error, (text) => UNREACHABLE.test(text) || CERTIFICATE.test(text));
  if (code === undefined) return undefined;
  const { component, address, settings } = server;
  const common = { component, address, code, cause: error };
  if (UNREACHABLE.test(code)) {
    const what = `cannot be reached (${code})`;
    return new DependencyError({ ...common, what, setting: settings.address, isPassing: true });
  }
  return new DependencyError({
    ...common,
    what: `cannot be spoken to over TLS (${code})`,
    setting: `${settings.certificate} and ${settings.address}`,
    isPassing: false,
  });
}

/** Why a server of our own cannot listen. `settings` are those of its host and its port. */
export function listenError(
  error: unknown,
  at: { readonly host: string; readonly port: number },
  settings: { readonly host: string; readonly port: string },
): unknown {
  const code = codeIn(error, (text) => text in LISTENING);
  if (code === undefined) return error;
  const { what, setting } = LISTENING[code as keyof typeof LISTENING];
  const address = hostPort(at.host, at.port);
  return new DependencyError({
    component: 'listener',
    address,
    subject: `the address ${address}`,
    what,
    setting: settings[setting],
    code,
    isPassing: false,
    cause: error,
  });
}

const LISTENING = {
  EADDRINUSE: { what: 'is in use', setting: 'port' },
  EACCES: { what: 'may not be listened at (EACCES)', setting: 'port' },
  EADDRNOTAVAIL: { what: 'is none of this machine (EADDRNOTAVAIL)', setting: 'host' },
  ENOTFOUND: { what: 'is not known (ENOTFOUND)', setting: 'host' },
  EAI_AGAIN: { what: 'cannot be looked up (EAI_AGAIN)', setting: 'host' },
} as const;

/** Why nothing can be kept in the data directory; other errors are given back as they are. */
export function directoryFault(error: unknown, directory: string): unknown {
  const code = codeIn(error, (text) => /^(E[A-Z]+|ERR_SQLITE_ERROR)$/.test(text));
  if (code === undefined) return error;
  // SQLite has one code for all, and says the reason in a fixed sentence.
  const reason = error instanceof Error && 'errstr' in error ? String(error.errstr) : code;
  return new DependencyError({
    component: 'data directory',
    address: directory,
    subject: `the data directory ${directory}`,
    what: `cannot be used (${reason})`,
    setting: 'LLMP_DATA_DIR',
    code,
    isPassing: false,
    cause: error,
  });
}

/** `host:port`, with an IPv6 address in brackets. */
export function hostPort(host: string, port: number | string): string {
  return `${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;
}

/** `host:port` of a URL, whatever else stands in it. */
export function addressOf(url: string, defaultPort: number): string {
  const { hostname, port } = new URL(url);
  return hostPort(hostname, port || defaultPort);
}

/** The first code that fits: of the error, of those gathered in it, or of its causes. */
function codeIn(error: unknown, fits: (code: string) => boolean): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string' && fits(error.code)) return error.code;
  const inner = error instanceof AggregateError ? error.errors : [];
  for (const each of [...inner, error.cause]) {
    const code = codeIn(each, fits);
    if (code !== undefined) return code;
  }
  return undefined;
}
