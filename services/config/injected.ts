// Kubernetes injects variables for each Service of the namespace, and Docker for each linked container.
// A Service `llmp` or `llmp-ingress` gives them the prefix of our settings, so variables with both the
// name and the value of an injected one are ignored.
// https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables

import { isIP } from 'node:net';

export type Environment = Readonly<Record<string, string | undefined>>;

const NUMBER = /^\d{1,5}$/;
const ENDPOINT = /^(tcp|udp|sctp):\/\//;

/** Suffixes of injected names, and the test of their values. */
const FORMATS: readonly (readonly [suffix: RegExp, fits: (value: string) => boolean])[] = [
  [/_SERVICE_HOST$/, (value) => isIP(value) !== 0],
  [/_PORT$/, (value) => ENDPOINT.test(value)],
  [/_PORT_\d+_(TCP|UDP|SCTP)$/, (value) => ENDPOINT.test(value)],
  [/_PORT_\d+_(TCP|UDP|SCTP)_PROTO$/, (value) => /^(tcp|udp|sctp)$/.test(value)],
  [/_PORT_\d+_(TCP|UDP|SCTP)_PORT$/, (value) => NUMBER.test(value)],
  [/_PORT_\d+_(TCP|UDP|SCTP)_ADDR$/, (value) => isIP(value) !== 0],
  // The value of a link's name is `/container/link`.
  [/_NAME$/, isLink],
];

/** The environment without injected variables. */
export function withoutInjected(env: Environment): Environment {
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => !isInjected(name, value ?? '', env)),
  );
}

function isInjected(name: string, value: string, env: Environment): boolean {
  if (!name.startsWith('LLMP_')) return false;
  if (FORMATS.some(([suffix, fits]) => suffix.test(name) && fits(value))) return true;
  const [, service] = /^(.+?)_SERVICE_PORT(_[A-Z0-9_]+)?$/.exec(name) ?? [];
  if (service !== undefined && NUMBER.test(value)) {
    return isIP(env[`${service}_SERVICE_HOST`] ?? '') !== 0;
  }
  // Docker also injects the linked container's own variables, which can have any name.
  const [, link] = /^([A-Z0-9_]+?)_ENV_./.exec(name) ?? [];
  return link !== undefined && isLink(env[`${link}_NAME`] ?? '');
}

function isLink(value: string): boolean {
  return /^\/[\w.-]+\/[\w.-]+$/.test(value);
}
