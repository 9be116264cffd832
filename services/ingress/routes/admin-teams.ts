// Admin API for teams and their shared limits: `/admin/teams`.

import type { FastifyInstance } from 'fastify';
import type { Events } from '../../../shared/events.ts';
import type { TeamService } from '../../admin/teams.ts';
import { ADMIN_ROUTE, fieldsOf, NO_STORE } from './admin-route.ts';

interface TeamRoute {
  Params: { team: string };
  Body: unknown;
}

export function adminTeamsRoute(
  app: FastifyInstance,
  service: TeamService,
  { teamChanged }: Pick<Events, 'teamChanged'>,
): void {
  app.get('/admin/teams', ADMIN_ROUTE, async (request, reply) => {
    return reply.headers(NO_STORE).send(await service.list(request.query));
  });
  app.get<TeamRoute>('/admin/teams/:team', ADMIN_ROUTE, async (request, reply) => {
    return reply.headers(NO_STORE).send(await service.show(request.params.team));
  });
  app.post<TeamRoute>('/admin/teams/:team', ADMIN_ROUTE, async (request, reply) => {
    const changed = await service.change(request.params.team, fieldsOf(request.body));
    teamChanged({ team: changed.team });
    return reply.headers(NO_STORE).send(changed);
  });
}
