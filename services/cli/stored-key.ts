import type { Invocation } from './command-spec.ts';
import { hasStore } from './admin/has-store.ts';
import { keyIdOf } from './names.ts';

/** The id of a key that commands without need of a store name; without a store, text is taken as an id. */
export async function storedKeyId(
  { options, environment, config, admin }: Invocation,
  text: string | undefined,
): Promise<string> {
  if (text === undefined) return '';
  const hasKeys = options.has('url') || environment().env['LLMP_URL'] || hasStore(config());
  return hasKeys ? await keyIdOf((await admin()).keys, text) : text;
}
