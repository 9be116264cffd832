// Endpoints of Anthropic that go to the upstream as they come, where LLMP_PASS_THROUGH names their feature.
// Keys of which something could not be enforced there are refused.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LlmpError } from '../../../shared/errors.ts';
import type { QuotaLimits } from '../../../shared/metering/quotas.ts';
import { EMPTY_BODY, RequestBody } from '../../../shared/protocol/body.ts';
import { PASSED_FEATURES, type PassThrough } from '../../../shared/protocol/pass-through.ts';
import type { Admission } from '../admission/admission.ts';
import { hasBudget } from '../admission/limit-scopes.ts';
import type { Caller } from '../auth/auth.ts';
import { UNCHANGED } from '../dispatch/routing-slip.ts';
import type { ReceiveBody } from '../request/receive-body.ts';
import { passedPath } from '../request/request-target.ts';
import type { Relay } from '../relay.ts';

export interface PassThroughPorts {
  readonly relay: Relay;
  readonly admission: Pick<Admission, 'admit'>;
  readonly receiveBody: ReceiveBody;
  /** Limits the keys of a team share. */
  readonly teamLimits: (team: string) => Promise<QuotaLimits | undefined>;
}

/** HEAD comes with GET. */
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

export function passThroughRoutes(
  app: FastifyInstance,
  features: readonly PassThrough[],
  { relay, admission, receiveBody, teamLimits }: PassThroughPorts,
): void {
  if (features.length === 0) return;
  // A scope of its own: only here a body may have any type.
  app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', receiveBody);
    for (const feature of features) {
      const { title, paths } = PASSED_FEATURES[feature];
      const route = {
        method: METHODS,
        config: { isLeased: true, passThrough: feature },
        // Before the body is read.
        onRequest: (request: FastifyRequest) => refuse(request.caller, title, teamLimits),
        handler: async (request: FastifyRequest, reply: FastifyReply) => {
          const { id, caller, state, url, body: bytes } = request;
          const path = passedPath(url, caller.secret);
          const body = bytes instanceof Uint8Array ? new RequestBody(bytes) : EMPTY_BODY;
          const asked = { id, kind: 'message', model: '', body: bytesOf(bytes) } as const;
          const grant = await admission.admit(state, caller, asked);
          const passed = { feature, path };
          const common = { routingSlip: UNCHANGED, model: '', stream: false, options: {} };
          await relay(request, reply, { ...common, body, grant, passed });
        },
      };
      for (const path of paths) {
        scope.route({ ...route, url: path });
        scope.route({ ...route, url: `${path}/*` });
      }
    }
    done();
  });
}

function bytesOf(body: unknown): Uint8Array {
  return body instanceof Uint8Array ? body : new Uint8Array();
}

/** @throws `pass_through_refused`, or `store_down` if the limits of the team are not known */
async function refuse(
  { limits = {}, models, policy, team }: Caller,
  title: string,
  teamLimits: PassThroughPorts['teamLimits'],
): Promise<void> {
  const reasons = [
    ...unenforced('this API key', limits),
    ...(models === undefined ? [] : ['this API key has a list of models']),
    ...(policy === undefined ? [] : ['this API key has a policy of its own']),
    ...(team === undefined ? [] : unenforced('its team', await boundsOf(team, teamLimits))),
  ];
  if (reasons.length === 0) return;
  throw new LlmpError(
    'pass_through_refused',
    `${title} goes to the upstream as it comes, so that nothing of this can be enforced: ` +
      `${reasons.join(', ')}. Use a key without.`,
  );
}

function unenforced(owner: string, bounds: QuotaLimits): string[] {
  const { inputTokensPerMinute, outputTokensPerMinute } = bounds;
  const isCounted = inputTokensPerMinute !== undefined || outputTokensPerMinute !== undefined;
  return [
    ...(hasBudget(bounds) ? [`${owner} has a budget`] : []),
    ...(isCounted ? [`${owner} has a token limit`] : []),
  ];
}

async function boundsOf(
  team: string,
  teamLimits: PassThroughPorts['teamLimits'],
): Promise<QuotaLimits> {
  try {
    return (await teamLimits(team)) ?? {};
  } catch (cause) {
    throw new LlmpError('store_down', undefined, { cause });
  }
}
