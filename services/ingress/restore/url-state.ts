// What is known of the URL that a text may be in.

export interface UrlRules {
  /** Whether any value may be restored in URLs of this host. */
  readonly isNamed: (host: string) => boolean;
  /** Whether the request's own URLs of this host hold the value of this placeholder. */
  readonly isHeld: (placeholder: string, host: string) => boolean;
}

export interface Opener {
  readonly char: string;
  readonly isEscaped: boolean;
  /** A quote after `=`: browsers skip line breaks in URLs there, and spaces before them. */
  readonly isAttribute: boolean;
}

export const NO_OPENER: Opener = { char: '', isEscaped: false, isAttribute: false };

export interface UnnamedHost {
  readonly host: string;
  /** The placeholder whose value is the host. */
  readonly value: string | undefined;
}

export interface State {
  /** What stands directly before the name that is being read. */
  opener: Opener;
  /** The name, in lower case. */
  token: string;
  /** Whether the name may begin a URL without a scheme. */
  isBoundary: boolean;
  scheme: 'special' | 'other' | 'file' | 'recipient' | 'content' | undefined;
  slashes: number;
  /** A name with a colon, which a port may follow. */
  beforePort: string;
  isEscaped: boolean;
  last: string;
  /** The last character that is not white space. */
  lastMark: string;
  isInUrl: boolean;
  closer: Opener;
  depth: number;
  /** What has been read of the host, with user and port. */
  authority: string | undefined;
  isLoose: boolean;
  recipient: 'empty' | 'value' | 'other' | undefined;
  isDenied: boolean;
  /** Hosts of this URL that the request does not name. */
  hosts: readonly UnnamedHost[];
  pending: readonly string[];
  decided: readonly boolean[];
}

export const OUTSIDE: State = {
  opener: NO_OPENER,
  token: '',
  isBoundary: true,
  scheme: undefined,
  slashes: 0,
  beforePort: '',
  isEscaped: false,
  last: '',
  lastMark: '',
  isInUrl: false,
  closer: NO_OPENER,
  depth: 0,
  authority: undefined,
  isLoose: false,
  recipient: undefined,
  isDenied: false,
  hosts: [],
  pending: [],
  decided: [],
};
