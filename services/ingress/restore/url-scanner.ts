// Follows a text and knows whether a placeholder stands in a URL, and of which hosts. It is as generous as
// the most generous browser or Markdown renderer: what one of them takes for a URL is one.

import { decodedText } from '../../../shared/json/binary-text.ts';
import { normalizedHost } from '../../../shared/privacy/url-hosts.ts';
import {
  CLOSERS,
  CONTENT,
  FUZZY_HOST,
  LOOSE_NAME,
  RECIPIENT,
  SCHEME,
  SPACE,
  SPECIAL,
  VALUE_ALONE,
  WORD,
} from './url-patterns.ts';
import { NO_OPENER, OUTSIDE, type Opener, type State } from './url-state.ts';

export interface UrlRules {
  /** Whether any value may be restored in URLs of this host. */
  readonly isNamed: (host: string) => boolean;
  /** Whether the request's own URLs of this host hold the value of this placeholder. */
  readonly isHeld: (placeholder: string, host: string) => boolean;
}

/** Stands for a placeholder in a name; no character of binary text. */
const VALUE = '\u0100';
const AUTHORITY_LENGTH_MAX = 600;
const TOKEN_LENGTH_MAX = 255;
const HOSTS_MAX = 8;

export class UrlScanner {
  readonly #rules: UrlRules;
  readonly #state: State;

  constructor(rules: UrlRules, state: State = OUTSIDE) {
    this.#rules = rules;
    this.#state = { ...state };
  }

  clone(): UrlScanner {
    return new UrlScanner(this.#rules, this.#state);
  }

  /** Whether the next placeholder may be restored; `undefined` until its host is known. */
  placeholder(name: string): boolean | undefined {
    const state = this.#state;
    this.#startIfDue(VALUE);
    state.isEscaped = false;
    state.last = state.lastMark = VALUE;
    if (!state.isInUrl && state.isBoundary && state.token.startsWith('www.')) {
      this.#start(state.token);
    }
    if (!state.isInUrl) {
      state.token = VALUE;
      return true;
    }
    if (state.authority !== undefined) this.#inAuthority(VALUE);
    else if (state.recipient === 'empty') state.recipient = 'value';
    else return this.#mayRestore(name);
    if (state.authority === undefined && state.recipient === undefined) return false;
    state.pending = [...state.pending, name];
    return undefined;
  }

  /** The decisions on placeholders that had to wait, in their order. */
  takeDecided(): readonly boolean[] {
    const { decided } = this.#state;
    this.#state.decided = [];
    return decided;
  }

  /** Decides as if the text ended here, and goes on. */
  pause(): void {
    const before = { ...this.#state };
    this.#close();
    const { decided } = this.#state;
    Object.assign(this.#state, { ...before, pending: [], decided });
  }

  /** The end of a JSON string. */
  end(): void {
    this.#close();
    Object.assign(this.#state, { ...OUTSIDE, decided: this.#state.decided });
  }

  /** @param isEntity the character was written as an HTML entity, which opens and closes nothing */
  char(char: string, isEntity = false): void {
    const state = this.#state;
    if (this.#isPlain && WORD.test(char)) {
      if (state.token.length < TOKEN_LENGTH_MAX) state.token += char.toLowerCase();
      state.isEscaped = false;
      state.last = state.lastMark = char;
      return;
    }
    if (state.isInUrl && !isEntity && this.#ends(char)) this.#close();
    if (this.#isSkipped(char)) return;
    this.#startIfDue(char);
    if (state.authority === undefined) this.#outsideAuthority(char, isEntity);
    else this.#inAuthority(char);
    state.isEscaped = char === '\\' && !state.isEscaped && !isEntity;
    state.last = char;
    if (!SPACE.test(char)) state.lastMark = char;
  }

  /** Whether a word is just that: most characters of a text need no more than this. */
  get #isPlain(): boolean {
    const { authority, slashes, scheme, recipient } = this.#state;
    return (
      authority === undefined && slashes === 0 && scheme === undefined && recipient === undefined
    );
  }

  /** In attributes, browsers remove line breaks and leading spaces. */
  #isSkipped(char: string): boolean {
    const { isInUrl, closer, opener, token, slashes } = this.#state;
    if (!SPACE.test(char) || !(isInUrl ? closer : opener).isAttribute) return false;
    return char !== ' ' || (!isInUrl && token === '' && slashes === 0);
  }

  #ends(char: string): boolean {
    const state = this.#state;
    const { char: opener, isEscaped: wasEscaped } = state.closer;
    if (SPACE.test(char)) {
      if (opener === '"' || opener === "'") return false;
      return opener !== '<' || char === '\n' || char === '\r';
    }
    if (state.isEscaped && !wasEscaped) return false;
    if (opener === '[') return char === '(' && state.last === ']';
    if (opener === '(' && char === '(') state.depth += 1;
    if (char !== CLOSERS[opener]) return false;
    state.depth -= 1;
    return state.depth < 0 || opener !== '(';
  }

  #outsideAuthority(char: string, isEntity: boolean): void {
    const state = this.#state;
    if (state.recipient !== undefined) this.#inRecipient(char);
    if (char === ':') this.#colon();
    else if (char === '/' || char === '\\') this.#slash();
    else if (WORD.test(char)) {
      if (state.slashes > 0 || state.scheme !== undefined) this.#reset(state.opener, false);
      if (state.token.length < TOKEN_LENGTH_MAX) state.token += char.toLowerCase();
    } else {
      const host = char === '?' || char === '#' ? this.#fuzzyHost() : '';
      if (host !== '') return this.#start(host, char);
      const isOpener = !isEntity && Object.hasOwn(CLOSERS, char);
      const isAttribute = state.lastMark === '=' && (char === '"' || char === "'");
      const opener = isOpener ? { char, isEscaped: state.isEscaped, isAttribute } : NO_OPENER;
      // In a list such as `srcset`, another URL follows a space or a comma.
      this.#reset(opener, !state.isInUrl || char === ',' || SPACE.test(char));
    }
  }

  #inRecipient(char: string): void {
    const state = this.#state;
    if (char !== '?' && /[&%@\w.+-]/.test(char)) state.isDenied = true;
    this.#decide();
    if (char === '?') state.isDenied = true;
    state.recipient = state.isDenied ? 'other' : 'empty';
  }

  #colon(): void {
    const state = this.#state;
    const { token, isBoundary } = state;
    state.beforePort = this.#fuzzyHost();
    state.token = '';
    state.slashes = 0;
    state.isBoundary = false;
    if (RECIPIENT.test(token) && isBoundary) state.scheme = 'recipient';
    else if (CONTENT.test(token) && isBoundary) state.scheme = 'content';
    else if (SPECIAL.test(token)) state.scheme = 'special';
    else if (token === 'file') state.scheme = 'file';
    // A single letter is a drive.
    else state.scheme = token === '' || SCHEME.test(token) ? 'other' : undefined;
  }

  #slash(): void {
    const state = this.#state;
    const host = this.#fuzzyHost();
    if (host !== '') return this.#start(host, '/');
    if (state.token !== '') this.#reset(state.opener, false);
    state.slashes += 1;
  }

  /** A name before a path or a query that may be a host without a scheme. */
  #fuzzyHost(): string {
    const { token, beforePort, isBoundary } = this.#state;
    const isPort = beforePort !== '' && /^\d{1,5}$/.test(token);
    const name = isPort ? beforePort : token;
    return (isPort || isBoundary) && FUZZY_HOST.test(name) ? name : '';
  }

  /** Starts a URL if the scheme and the slashes so far need only this character. */
  #startIfDue(char: string): void {
    const state = this.#state;
    const { scheme, slashes, isBoundary } = state;
    if (scheme === undefined && slashes < 2) return;
    if (state.authority !== undefined || state.token !== '') return;
    if (char === '/' || char === '\\' || SPACE.test(char)) return;
    state.scheme = undefined;
    if (scheme === 'recipient' || scheme === 'content') {
      if (!/[\w\u0100,;+?&%@]/.test(char)) return;
      this.#open();
      if (scheme === 'content') state.isDenied = true;
      else state.recipient = 'empty';
    } else if (scheme === undefined) {
      if (isBoundary) this.#start('', '', true);
    } else if (scheme === 'special' ? !/["':]/.test(char) : slashes >= 2) {
      // `file:///` has no host, but a fourth slash begins the name of a server.
      if (scheme !== 'file' || slashes !== 3) this.#start('');
    }
  }

  /** @param end the character that ended the host, if it is complete */
  #start(host: string, end = '', isLoose = false): void {
    this.#open();
    this.#state.authority = host;
    this.#state.isLoose = isLoose;
    if (end !== '') this.#finishAuthority(end);
  }

  #open(): void {
    const state = this.#state;
    const { opener, isInUrl } = state;
    this.#reset(opener, false);
    state.recipient = undefined;
    if (isInUrl) return;
    Object.assign(state, { isInUrl: true, closer: opener, depth: 0, isDenied: false, hosts: [] });
  }

  #inAuthority(char: string): void {
    const state = this.#state;
    const authority = state.authority ?? '';
    const isEnd = (state.isLoose ? '/?#\\' : '/?#').includes(char);
    if (isEnd || (char === ']' && !authority.includes('['))) return this.#finishAuthority(char);
    state.authority = authority + char;
    if (authority.length < AUTHORITY_LENGTH_MAX) return;
    state.isDenied = true;
    this.#finishAuthority('');
  }

  #finishAuthority(end: string): void {
    const state = this.#state;
    const authority = (state.authority ?? '').replace(end === '/' ? /\\$/ : /$^/, '');
    state.authority = undefined;
    const name = decodedText(authority.slice(authority.lastIndexOf('@') + 1));
    // Where a backslash ends the host differs from reader to reader.
    if (authority.includes('\\')) state.isDenied = true;
    else if (
      !VALUE_ALONE.test(name) &&
      !(state.isLoose && LOOSE_NAME.test(name.replace(/:.*$/s, '')))
    ) {
      const host = normalizedHost(name);
      if (host === undefined || state.hosts.length === HOSTS_MAX) state.isDenied = true;
      else if (!this.#rules.isNamed(host)) state.hosts = [...state.hosts, host];
    }
    this.#decide();
  }

  #decide(): void {
    const state = this.#state;
    if (state.pending.length === 0) return;
    state.decided = state.decided.concat(state.pending.map((name) => this.#mayRestore(name)));
    state.pending = [];
  }

  #mayRestore(name: string): boolean {
    const { isDenied, hosts } = this.#state;
    return !isDenied && hosts.every((host) => this.#rules.isHeld(name, host));
  }

  #close(): void {
    if (this.#state.authority !== undefined) this.#finishAuthority('');
    this.#decide();
    this.#state.isInUrl = false;
    this.#state.recipient = undefined;
    this.#reset(NO_OPENER, true);
  }

  #reset(opener: Opener, isBoundary: boolean): void {
    const state = this.#state;
    state.opener = opener;
    state.token = state.beforePort = '';
    state.slashes = 0;
    state.scheme = undefined;
    state.isBoundary = isBoundary;
  }
}
