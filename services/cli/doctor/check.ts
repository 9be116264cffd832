import { ConfigError } from '../../config/config-error.ts';
import type { Config } from '../../config/config.ts';
import { readVersion } from '../../host/version.ts';
import type { Invocation } from '../command-spec.ts';
import { DependencyError } from '../../../shared/runtime/dependency-error.ts';

export interface Check {
  readonly check: string;
  /** `note` is neither good nor bad, such as a gateway that does not run. */
  readonly state: 'ok' | 'fail' | 'note';
  readonly found: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** A check that waits no longer than this. */
export const CHECK_MS = 5_000;

export function ok(check: string, found: string): Check {
  return { check, state: 'ok', found };
}

export function note(check: string, found: string, remedy?: string): Check {
  return { check, state: 'note', found, ...(remedy === undefined ? {} : { remedy }) };
}

export function fail(check: string, found: string, remedy: string): Check {
  return { check, state: 'fail', found, remedy };
}

/** @param remedy for an error that names no setting */
export function failedBy(check: string, error: unknown, remedy: string): Check {
  const message = (error instanceof Error ? error.message : String(error)).replaceAll(
    /\s*\n\s*/g,
    '; ',
  );
  // Its message ends with a remedy.
  const at = error instanceof DependencyError ? message.lastIndexOf(': ') : -1;
  return at < 0
    ? fail(check, message, remedy)
    : fail(check, message.slice(0, at), message.slice(at + 2));
}

export function programCheck(): Check {
  const { node } = process.versions;
  const found = `llmp ${readVersion()}, Node ${node}, ${process.platform} ${process.arch}`;
  return Number.parseInt(node, 10) >= 24
    ? ok('versions', found)
    : fail('versions', found, 'install Node 24 or newer');
}

export function configurationCheck({ environment, config }: Invocation): {
  readonly check: Check;
  readonly config?: Config;
  /** The gateway that the environment names. */
  readonly url?: string | undefined;
} {
  const name = 'configuration';
  try {
    const { env, envFile } = environment();
    const settings = config();
    const files = [envFile?.path, env['LLMP_CONFIG']].filter((path) => path !== undefined);
    const from = files.length === 0 ? 'the environment' : files.join(' and ');
    return { check: ok(name, `valid, from ${from}`), config: settings, url: env['LLMP_URL'] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return {
      check: fail(name, error.issues.join('; '), 'change what is named; see docs/configuration.md'),
    };
  }
}

/** How far this clock is from that of a server, by its `date` header; undefined where it has none. */
export function skewSeconds(date: string | undefined, nowMs: number): number | undefined {
  const ms = Date.parse(date ?? '');
  return Number.isNaN(ms) ? undefined : Math.round((nowMs - ms) / 1_000);
}

/** Keys expire and budgets begin by this clock. */
const SKEW_MAX_S = 30;

export function clockCheck(server: string, skew: number | undefined): Check {
  if (skew === undefined) return note('clock', `${server} sends no time to compare with`);
  const side = skew < 0 ? 'behind' : 'ahead of';
  const found = skew === 0 ? `as that of ${server}` : `${Math.abs(skew)} s ${side} ${server}`;
  if (Math.abs(skew) <= SKEW_MAX_S) return ok('clock', found);
  return fail('clock', found, 'set the clock of this machine by NTP');
}
