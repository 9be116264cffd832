// All routes of the admin API.

import type { FastifyInstance } from 'fastify';
import type { Events } from '../../../shared/events.ts';
import type { DocumentLimits } from '../../../shared/limits.ts';
import type { PreviewScrub } from '../../../shared/privacy/preview.ts';
import type { Queue } from '../../../shared/queue/queue.ts';
import type { Clock } from '../../../shared/runtime/clock.ts';
import type { Store } from '../../../shared/store/store.ts';
import { createCollectionService } from '../../admin/collections.ts';
import { createDocumentService } from '../../admin/documents.ts';
import { createKeyService } from '../../admin/keys.ts';
import type { PolicyNames } from '../../admin/known-names.ts';
import { createScrubService } from '../../admin/scrub.ts';
import { createTeamService } from '../../admin/teams.ts';
import { createUsageService } from '../../admin/usage.ts';
import type { ReceiveBody } from '../request/receive-body.ts';
import { adminCollectionsRoute } from './admin-collections.ts';
import { adminDocumentsRoute } from './admin-documents.ts';
import { adminKeysRoute } from './admin-keys.ts';
import { adminOpenApiRoute } from './admin-openapi.ts';
import { adminScrubRoute } from './admin-scrub.ts';
import { adminTeamsRoute } from './admin-teams.ts';
import { adminUsageRoute } from './admin-usage.ts';

export interface AdminPorts {
  readonly store: Store;
  readonly queue: () => Promise<Queue>;
  readonly clock: Clock;
  readonly events: Events;
  readonly limits: DocumentLimits;
  /** Whole keys, which are not in the store. */
  readonly configuredKeys: readonly string[];
  readonly policyNames: PolicyNames;
  readonly previewScrub?: PreviewScrub | undefined;
  readonly receiveBody: ReceiveBody;
}

export function adminRoutes(app: FastifyInstance, ports: AdminPorts): void {
  const { events, limits, receiveBody } = ports;
  adminKeysRoute(app, createKeyService(ports), events);
  adminTeamsRoute(app, createTeamService(ports), events);
  adminOpenApiRoute(app);
  adminUsageRoute(app, createUsageService(ports));
  adminScrubRoute(app, createScrubService(ports));
  adminCollectionsRoute(app, createCollectionService(ports), events);
  adminDocumentsRoute(app, createDocumentService(ports), events, limits, receiveBody);
}
