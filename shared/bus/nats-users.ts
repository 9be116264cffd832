// The users of a broker: one for each kind of process, with the least permissions of the stages it hosts.
// No stage can read frames sent to an ingress, and only scrubbers receive unscrubbed requests.

import type { StageName } from '../protocol/messages.ts';

export type Hosted = 'ingress' | StageName;

interface Permissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

const POLICY_EVENTS = 'llmp.v1.events.policies';

/** Subjects besides the inboxes of requests, which are those of the user. */
const PERMISSIONS: Readonly<Record<Hosted, Permissions>> = {
  ingress: {
    publish: [stage('scrubber'), stage('upstream'), 'llmp.v1.inbox.*.*.ingress', '$SRV.PING.*'],
    subscribe: ['llmp.v1.inbox.ingress.*.*'],
  },
  scrubber: worker('scrubber', ['policy', 'rag', 'upstream'], []),
  policy: worker('policy', ['rag', 'upstream'], [POLICY_EVENTS]),
  rag: worker('rag', ['upstream'], []),
  upstream: worker('upstream', [], [POLICY_EVENTS]),
};

function stage(name: StageName): string {
  return `llmp.v1.stage.${name}`;
}

function worker(
  name: StageName,
  next: readonly StageName[],
  events: readonly string[],
): Permissions {
  return {
    publish: [...next.map(stage), `llmp.v1.inbox.ingress.*.${name}`, ...events],
    subscribe: [`${stage(name)} ${name}`, `llmp.v1.inbox.${name}.*.ingress`, ...events, '$SRV.>'],
  };
}

/** The user of processes that host these workers: `scrubber-policy`. */
export function natsUserOf(workers: readonly Hosted[]): string {
  return workers.join('-');
}

/** What the broker lets such a process do. */
export function permissionsOf(workers: readonly Hosted[]): Permissions {
  const all = workers.map((name) => PERMISSIONS[name]);
  return {
    publish: [...new Set(all.flatMap(({ publish }) => publish))],
    subscribe: [
      ...new Set(all.flatMap(({ subscribe }) => subscribe)),
      `_INBOX.${natsUserOf(workers)}.>`,
    ],
  };
}

export interface NatsLogin {
  readonly workers: readonly Hosted[];
  /** Letters, digits, - and _ only. */
  readonly password: string;
}

/** The text of a configuration file for `nats-server`. */
export function natsServerConfig(listen: string, logins: readonly NatsLogin[]): string {
  return `# Written by llmp nats-config, which writes it anew: has passwords, so keep it to yourself.

listen: ${JSON.stringify(listen)}
max_payload: 2MB
# With the default of 64 MB, the broker silently drops messages of a stalled worker.
max_pending: 256MB

authorization {
  users: [
${logins.map(userBlock).join('')}  ]
}
`;
}

function userBlock({ workers, password }: NatsLogin): string {
  const { publish, subscribe } = permissionsOf(workers);
  const replies = workers.some((name) => name !== 'ingress');
  return `    {
      user: ${JSON.stringify(natsUserOf(workers))}
      password: ${JSON.stringify(password)}
      permissions: {
        publish: ${JSON.stringify(publish)}
        subscribe: ${JSON.stringify(subscribe)}
${replies ? '        allow_responses: { max: 1, expires: "5s" }\n' : ''}      }
    }
`;
}
