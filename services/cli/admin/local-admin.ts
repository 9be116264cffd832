import { resolve } from 'node:path';
import type { Clock } from '../../../shared/runtime/clock.ts';
import { createCollectionService } from '../../admin/collections.ts';
import { createDocumentService } from '../../admin/documents.ts';
import { createKeyService } from '../../admin/keys.ts';
import { createTeamService } from '../../admin/teams.ts';
import { createUsageService } from '../../admin/usage.ts';
import type { Config } from '../../config/config.ts';
import { openOnce } from '../../host/open-once.ts';
import { openQueue } from '../../host/open-queue.ts';
import { openStore } from '../../host/open-store.ts';
import { policyNamesOf } from '../../host/policy-names.ts';
import { UsageError } from '../usage-error.ts';
import type { Admin } from './admin.ts';
import { hasStore } from './has-store.ts';

/** @throws UsageError where there is no store yet, unless `mayCreate` */
export async function openLocalAdmin(
  config: Config,
  clock: Clock,
  mayCreate: boolean,
): Promise<Admin> {
  if (!mayCreate && !hasStore(config)) {
    throw new UsageError(
      `there is no store in ${resolve(config.dataDir)}: run llmp in the folder of the gateway, ` +
        'name its data directory with --data-dir, or create a store with --create-store',
    );
  }
  const stack = new AsyncDisposableStack();
  // Connection errors reject the command that causes them.
  const store = stack.use(await openStore(config, () => {}));
  const queue = openOnce(() => openQueue(config, clock, () => {}), stack);
  const ports = { store, queue, clock };
  return {
    keys: createKeyService({ ...ports, policyNames: policyNamesOf(config) }),
    teams: createTeamService(ports),
    usage: createUsageService({ ...ports, configuredKeys: config.keys }),
    collections: createCollectionService(ports),
    documents: createDocumentService({ ...ports, limits: config.limits.documents }),
    store,
    previewScrub: undefined,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
