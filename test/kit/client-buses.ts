// The buses that users run. The third, `serialised`, exists to find faults of our own making, which
// the flow tests do quicker than real clients.

import { BUSES } from './gateway.ts';

export const CLIENT_BUSES = BUSES.filter((bus) => bus !== 'serialised');
