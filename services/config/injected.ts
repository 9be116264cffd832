// Variables that nobody set: Kubernetes describes each Service of the namespace to every pod, and Docker
// each linked container, under names made from theirs. A Service `llmp` or `llmp-ingress` thus gives
// names that begin as our settings do. Only what has both such a name and such a value is ignored.
// https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables

import { isIP } from 'node:net';

export type Environment = Readonly<Record<string, string | undefined>>;

const NUMBER = /^\d{1,5}$/;
const ENDPOINT = /^(tcp|udp|sctp):\/\//;

/** The end of a name, and what is found there. */
const FORMS: readonly (readonly [name: RegExp, fits: (value: string) => boolean])[] = [
  [/_SERVICE_HOST$/, (value) => isIP(value) !== 0],
  [/_PORT$/, (value) => ENDPOINT.test(value)],
  [/_PORT_\d+_(TCP|UDP|SCTP)$/, (value) => ENDPOINT.test(value)],
  [/_PORT_\d+_(TCP|UDP|SCTP)_PROTO$/, (value) => /^(tcp|udp|sctp)$/.test(value)],
  [/_PORT_\d+_(TCP|UDP|SCTP)_PORT$/, (value) => NUMBER.test(value)],
  [/_PORT_\d+_(TCP|UDP|SCTP)_ADDR$/, (value) => isIP(value) !== 0],
  // Of a link: `/asking-container/name-of-the-link`.
  [/_NAME$/, isLink],
];

/** The environment without them. */
export function withoutInjected(env: Environment): Environment {
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => !isInjected(name, value ?? '', env)),
  );
}

function isInjected(name: string, value: string, env: Environment): boolean {
  if (!name.startsWith('LLMP_')) return false;
  if (FORMS.some(([end, fits]) => end.test(name) && fits(value))) return true;
  const [, service] = /^(.+?)_SERVICE_PORT(_[A-Z0-9_]+)?$/.exec(name) ?? [];
  if (service !== undefined && NUMBER.test(value)) {
    return isIP(env[`${service}_SERVICE_HOST`] ?? '') !== 0;
  }
  // Docker gives the linked container's own variables, too, and their names can be any.
  const [, link] = /^([A-Z0-9_]+?)_ENV_./.exec(name) ?? [];
  return link !== undefined && isLink(env[`${link}_NAME`] ?? '');
}

function isLink(value: string): boolean {
  return /^\/[\w.-]+\/[\w.-]+$/.test(value);
}
