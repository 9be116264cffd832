// The scrubber as a function from body to body, for tests that ask what goes on and what comes home.

import { DEFAULT_RULES, type RulesFile } from '../../shared/privacy/rules.ts';
import { createScrubber, type ScrubberOptions } from '../../services/scrubber/scrubber.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { DETECTORS } from '../../shared/privacy/detect/detectors.ts';
import { createScanner, type Scanner } from '../../shared/privacy/detect/scan.ts';
import { splice } from '../../shared/json/edit.ts';
import { limits } from '../../shared/limits.ts';
import { decodeVault, EMPTY_VAULT, type Vault } from '../../shared/privacy/vault.ts';
import { requestMessage } from './request-messages.ts';

export interface Scrubbed {
  /** What goes on to the next worker. */
  readonly text: string;
  /** What goes home; empty when nothing was told. */
  readonly vault: Vault;
}

export type Scrub = (body: string, tenant?: string) => Promise<Scrubbed>;

/** What is on by default. */
export const SCANNER: Scanner = createScanner(DETECTORS.filter(({ tier }) => tier !== 'C'));

/** A scrubber with a memory of its own; throws what the stage throws, and when it refuses. */
export function scrubbing(options: Partial<ScrubberOptions> = {}): Scrub {
  const rules: RulesFile = DEFAULT_RULES;
  const masterKey = Buffer.alloc(32, 7);
  const stage = createScrubber({
    scanner: SCANNER,
    rules,
    masterKey,
    clock: systemClock,
    limits,
    ...options,
  });
  return async (body, tenant = 'tester') => {
    let vault: Vault = EMPTY_VAULT;
    const sendVault = (sent: Uint8Array) => (vault = decodeVault(sent));
    const context = { signal: new AbortController().signal, sendVault };
    const outcome = await stage(requestMessage({ tenant }, Buffer.from(body)), context);
    if (outcome.kind !== 'pass') throw new Error(`the scrubber says ${outcome.kind}`);
    return { text: splice(body, outcome.edits ?? []), vault };
  };
}

/** Counts how often a scanner is asked, and how much it is given to read. */
export function countingScanner(): { scanner: Scanner; texts: string[] } {
  const texts: string[] = [];
  const scanner: Scanner = {
    ...SCANNER,
    *slices(text) {
      texts.push(text);
      return yield* SCANNER.slices(text);
    },
  };
  return { scanner, texts };
}

/** The tokens in a text, in order. */
export function tokensIn(text: string): string[] {
  return text.match(/PII_[A-Z]{2,12}_[a-z2-7]{8}/g) ?? [];
}
