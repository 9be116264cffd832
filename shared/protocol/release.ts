import { readFileSync } from 'node:fs';

/** The version of llmp that this process runs; messages name it to processes of other versions. */
export const RELEASE: string = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  }
).version;

/** A release as another process names it; `unknown` for any other text. */
export function releaseOf(text: unknown): string {
  return typeof text === 'string' && /^\d[\w.+-]{0,39}$/.test(text) ? text : 'unknown';
}
