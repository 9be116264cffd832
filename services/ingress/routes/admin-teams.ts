// The admin API of teams under /admin/teams: what their keys may use together.

import type { FastifyInstance } from 'fastify';
import type { Events } from '../../../shared/events.ts';
import type { TeamService } from '../../admin/teams.ts';
import { ADMIN_ROUTE, fieldsOf, NO_STORE } from './admin-route.ts';

interface OneTeam {
  Params: { team: string };
  Body: unknown;
}

export function adminTeamsRoute(
  app: FastifyInstance,
  register: TeamService,
  { teamChanged }: Pick<Events, 'teamChanged'>,
): void {
  app.get<OneTeam>('/admin/teams/:team', ADMIN_ROUTE, async (request, reply) => {
    return reply.headers(NO_STORE).send(await register.show(request.params.team));
  });
  app.post<OneTeam>('/admin/teams/:team', ADMIN_ROUTE, async (request, reply) => {
    const changed = await register.change(request.params.team, fieldsOf(request.body));
    teamChanged({ team: changed.team });
    return reply.headers(NO_STORE).send(changed);
  });
}
