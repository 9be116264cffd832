// The buses that users run. The third, `serialised`, is covered by the faster integration tests.

import { BUSES } from './gateway.ts';

export const CLIENT_BUSES = BUSES.filter((bus) => bus !== 'serialised');
