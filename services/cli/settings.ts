import type { Environment } from '../config/injected.ts';
import type { OptionValues } from './command-spec.ts';

/** The settings of a gateway in this environment, with those of the command line. */
export function gatewaySettings(env: Environment, options: OptionValues): Environment {
  const dataDir = options.text('data-dir');
  return dataDir === undefined ? env : { ...env, LLMP_DATA_DIR: dataDir };
}
