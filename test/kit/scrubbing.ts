// The scrubber as a function of a request body.

import { DEFAULT_RULES, type RulesFile } from '../../shared/privacy/rules.ts';
import { createScrubber, type ScrubberOptions } from '../../services/scrubber/scrubber.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { DETECTORS } from '../../shared/privacy/detect/detectors.ts';
import { detectorProgram } from '../../shared/privacy/detect/detector-program.ts';
import { createScanner, type Scanner } from '../../shared/privacy/detect/scan.ts';
import { startProcessKernel } from '../../shared/scan/process-kernel.ts';
import { splice } from '../../shared/json/edit.ts';
import { limits } from '../../shared/limits.ts';
import { EMPTY_VAULT, type Vault } from '../../shared/privacy/vault.ts';
import { ReportCollector } from '../../services/ingress/dispatch/stage-reports.ts';
import { requestMessage } from './request-messages.ts';
import { confirm } from './permits.ts';

export interface Scrubbed {
  /** The body sent to the next stage. */
  readonly text: string;
  /** The vault sent to the ingress; empty if none was sent. */
  readonly vault: Vault;
}

export type Scrub = (body: string, tenant?: string) => Promise<Scrubbed>;

/** The detectors that are on by default, whose triggers the kernel finds in each body. */
const detectors = DETECTORS.filter(({ tier }) => tier !== 'C');
export const SCANNER: Scanner = createScanner(
  detectors,
  [],
  startProcessKernel(detectorProgram(detectors)),
);

/** Creates a scrubber with its own cache; the returned function throws on a rejection. */
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
    const sendVault = collectVault((collected) => (vault = collected));
    const context = { signal: new AbortController().signal, confirm, sendVault };
    const outcome = await stage(requestMessage({ tenant }, Buffer.from(body)), context);
    if (outcome.kind !== 'pass') throw new Error(`the scrubber returned ${outcome.kind}`);
    return { text: splice(body, outcome.edits ?? []), vault };
  };
}

/** Collects the parts of a vault as the ingress does, and passes on the vault so far. */
export function collectVault(receive: (vault: Vault) => void): (part: Uint8Array) => void {
  const collector = new ReportCollector();
  const sequence = { id: 'req_1', attempt: 1, position: 0, seq: 0, from: 'scrubber' };
  return (part) => {
    collector.add({ kind: 'vault', ...sequence, more: false }, 'scrubber', part);
    receive(collector.vault);
  };
}

/** Returns a scanner that records the texts it scans. */
export function countingScanner(): { scanner: Scanner; texts: string[] } {
  const texts: string[] = [];
  const scanner: Scanner = {
    ...SCANNER,
    *slices(text, found) {
      texts.push(text);
      return yield* SCANNER.slices(text, found);
    },
  };
  return { scanner, texts };
}

/** Returns the tokens in a text, in order. */
export function tokensIn(text: string): string[] {
  return text.match(/PII_[A-Z]{2,12}_[a-z2-7]{8}/g) ?? [];
}
