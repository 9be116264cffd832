// Follows a text and knows whether a placeholder stands in a URL, and of which hosts. It is as generous as
// the most generous browser or Markdown renderer: what one of them takes for a URL is one.

import { normalizedHost } from '../../../shared/privacy/url-hosts.ts';
import * as patterns from './url-patterns.ts';
import { authorityOf, marked } from './url-authority.ts';
import { NO_OPENER, OUTSIDE, type Opener, type State, type UrlRules } from './url-state.ts';

const AUTHORITY_LENGTH_MAX = 600;
const TOKEN_LENGTH_MAX = 255;
const HOSTS_MAX = 8;

export class UrlScanner {
  readonly #rules: UrlRules;
  readonly #isPage: boolean;
  readonly #state: State;

  /** @param isPage whether the text may be shown as Markdown, where a URL may go on after a quote */
  constructor(rules: UrlRules, isPage: boolean, state: State = OUTSIDE) {
    this.#rules = rules;
    this.#isPage = isPage;
    this.#state = { ...state };
  }

  clone(): UrlScanner {
    return new UrlScanner(this.#rules, this.#isPage, this.#state);
  }

  /**
   * Whether the next placeholder may be restored; `undefined` until its host is known. After `true`, the
   * value is text like any other: it may itself be a part of a URL.
   */
  placeholder(name: string, value: string): boolean | undefined {
    const state = this.#state;
    this.#startIfDue('x');
    if (!state.isInUrl && this.#isWww) this.#start(state.token);
    if (!state.isInUrl) return true;
    if (state.authority !== undefined) this.#addToAuthority(marked(value));
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
    if (this.#isPlain && patterns.WORD.test(char)) {
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
    if (!patterns.SPACE.test(char)) state.lastMark = char;
  }

  /** Whether a word is just that: most characters of a text need no more than this. */
  get #isPlain(): boolean {
    const { authority, slashes, scheme, recipient } = this.#state;
    return slashes === 0 && (authority ?? scheme ?? recipient) === undefined;
  }

  /** In attributes, browsers remove line breaks and leading spaces. */
  #isSkipped(char: string): boolean {
    const { isInUrl, closer, opener, token, slashes } = this.#state;
    if (!patterns.SPACE.test(char) || !(isInUrl ? closer : opener).isAttribute) return false;
    return char !== ' ' || (!isInUrl && token === '' && slashes === 0);
  }

  #ends(char: string): boolean {
    const state = this.#state;
    const { char: opener, isEscaped: wasEscaped } = state.closer;
    if (patterns.SPACE.test(char)) {
      if (opener === '"' || opener === "'") return false;
      return opener !== '<' || char === '\n' || char === '\r';
    }
    if (this.#isPage) {
      // Where the mark before the URL means nothing, only white space ends it.
      if (char === patterns.CLOSERS[opener] && (wasEscaped || !state.isEscaped))
        state.closer = NO_OPENER;
      return false;
    }
    if (state.isEscaped && !wasEscaped) return false;
    if (opener === '[') return char === '(' && state.last === ']';
    if (opener === '(' && char === '(') state.depth += 1;
    if (char !== patterns.CLOSERS[opener]) return false;
    state.depth -= 1;
    return state.depth < 0 || opener !== '(';
  }

  #outsideAuthority(char: string, isEntity: boolean): void {
    const state = this.#state;
    if (state.recipient !== undefined) this.#inRecipient(char);
    if (char === ':' && !this.#isWww) this.#colon();
    else if (char === '/' || char === '\\') this.#slash();
    else if (patterns.WORD.test(char)) {
      if (state.slashes > 0 || state.scheme !== undefined) this.#reset(state.opener, false);
      if (state.token.length < TOKEN_LENGTH_MAX) state.token += char.toLowerCase();
    } else {
      const host = char === '?' || char === '#' ? this.#fuzzyHost() : '';
      if (host !== '') return this.#start(host, char);
      if (this.#isWww && !patterns.SPACE.test(char)) return this.#start(state.token, '?');
      const isOpener = !isEntity && Object.hasOwn(patterns.CLOSERS, char);
      const isAttribute = state.lastMark === '=' && (char === '"' || char === "'");
      const opener = isOpener ? { char, isEscaped: state.isEscaped, isAttribute } : NO_OPENER;
      // In a list such as `srcset`, another URL follows a space or a comma.
      this.#reset(
        opener,
        !state.isInUrl || this.#isPage || char === ',' || patterns.SPACE.test(char),
      );
      if (char === '@') state.token = char;
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
    if (patterns.RECIPIENT.test(token) && isBoundary) state.scheme = 'recipient';
    else if (patterns.CONTENT.test(token) && isBoundary) state.scheme = 'content';
    else if (patterns.SPECIAL.test(token)) state.scheme = 'special';
    else if (token === 'file') state.scheme = 'file';
    // A single letter is a drive.
    else state.scheme = token === '' || patterns.SCHEME.test(token) ? 'other' : undefined;
  }

  #slash(): void {
    const state = this.#state;
    const host = this.#fuzzyHost();
    if (host !== '') return this.#start(host, '/');
    if (state.token !== '') this.#reset(state.opener, !/[a-z\d_]$/.test(state.token));
    state.slashes += 1;
  }

  get #isWww(): boolean {
    return this.#state.isBoundary && patterns.WWW.test(this.#state.token);
  }

  /** A name before a path or a query that may be a host without a scheme. */
  #fuzzyHost(): string {
    const { token, beforePort, isBoundary } = this.#state;
    const isPort = beforePort !== '' && /^\d{1,5}$/.test(token);
    const name = isPort ? beforePort : token;
    return (isPort || isBoundary) && patterns.FUZZY_HOST.test(name) ? name : '';
  }

  /** Starts a URL if the scheme and the slashes so far need only this character. */
  #startIfDue(char: string): void {
    const state = this.#state;
    const { scheme, slashes, isBoundary } = state;
    if (scheme === undefined && slashes < 2) return;
    if (state.authority !== undefined || state.token !== '') return;
    if (char === '/' || char === '\\' || patterns.SPACE.test(char)) return;
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
    this.#addToAuthority(char);
  }

  #addToAuthority(text: string): void {
    const state = this.#state;
    state.authority += text;
    if ((state.authority ?? '').length <= AUTHORITY_LENGTH_MAX) return;
    state.isDenied = true;
    this.#finishAuthority('');
  }

  #finishAuthority(end: string): void {
    const state = this.#state;
    const authority = (state.authority ?? '').replace(end === '/' ? /\\$/ : /$^/, '');
    state.authority = undefined;
    const { user, host, isValue, isSure, isLooseName } = authorityOf(authority);
    if (!isSure) state.isDenied = true;
    else if (!(state.isLoose && isLooseName)) {
      this.#addHost(host, isValue ? state.pending.at(-1) : undefined);
      if (user.includes('.')) this.#addHost(user);
    }
    this.#decide();
    if (end !== '/' || !authority.endsWith(':')) return;
    // `//https://` begins a second URL.
    state.scheme = 'other';
    state.slashes = 1;
  }

  /** @param value the placeholder that is the whole host: it tells its own value to nobody else */
  #addHost(text: string, value?: string): void {
    const state = this.#state;
    const host = normalizedHost(text);
    if (host !== undefined && this.#rules.isNamed(host)) return;
    if ((host === undefined && value === undefined) || state.hosts.length === HOSTS_MAX) {
      state.isDenied = true;
    } else state.hosts = [...state.hosts, { host: host ?? '', value }];
  }

  #decide(): void {
    const state = this.#state;
    if (state.pending.length === 0) return;
    state.decided = state.decided.concat(state.pending.map((name) => this.#mayRestore(name)));
    state.pending = [];
  }

  #mayRestore(name: string): boolean {
    const { isDenied, hosts } = this.#state;
    return (
      !isDenied &&
      hosts.every(({ host, value }) => value === name || this.#rules.isHeld(name, host))
    );
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
