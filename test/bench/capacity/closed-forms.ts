// Queueing formulas for arrivals at random times and exponential service, which the simulation must reproduce.

export interface Queue {
  readonly perSecond: number;
  readonly serviceMs: number;
  readonly servers: number;
}

/** Offered load: servers that are busy on average. */
export const offeredLoad = ({ perSecond, serviceMs }: Queue): number =>
  (perSecond * serviceMs) / 1_000;

/** Probability that an arrival waits (Erlang C). */
export function erlangC(queue: Queue): number {
  const load = offeredLoad(queue);
  const { servers } = queue;
  if (load >= servers) return 1;
  let term = 1;
  let sum = 1;
  for (let at = 1; at < servers; at += 1) sum += term *= load / at;
  const waiting = ((term * load) / servers) * (servers / (servers - load));
  return waiting / (sum + waiting);
}

/** Mean time from arrival to departure; infinite without spare capacity. */
export function meanResponseMs(queue: Queue): number {
  const load = offeredLoad(queue);
  if (load >= queue.servers) return Number.POSITIVE_INFINITY;
  return queue.serviceMs + (erlangC(queue) * queue.serviceMs) / (queue.servers - load);
}

/** Percentile of the time in a queue with one server. */
export function singleServerMs(queue: Queue, share: number): number {
  return (-Math.log(1 - share) * queue.serviceMs) / (1 - offeredLoad(queue));
}

/** Probability that all servers are busy where arrivals do not wait (Erlang B). */
export function erlangB(queue: Queue): number {
  const load = offeredLoad(queue);
  let blocked = 1;
  for (let at = 1; at <= queue.servers; at += 1) blocked = (load * blocked) / (at + load * blocked);
  return blocked;
}
