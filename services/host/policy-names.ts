import type { PolicyNames } from '../admin/known-names.ts';
import type { Config } from '../config/config.ts';
import { readPolicyFiles } from '../config/policy-files.ts';

/**
 * Names of the policies that keys may have. A process without a folder of them knows the shipped one
 * alone, unless policies are applied by another process.
 */
export function policyNamesOf(config: Pick<Config, 'policies' | 'workers' | 'nats'>): PolicyNames {
  const { policies, workers, nats } = config;
  const isElsewhere = policies === null && (nats !== null || !workers.includes('policy'));
  if (isElsewhere) return () => Promise.resolve(undefined);
  return async () => (await readPolicyFiles(policies)).map(({ name }) => name);
}
