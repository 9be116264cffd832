// Asks a store in Redis for one request after the other, many at once, at a moment that does not move,
// and prints how many were granted:
//   node test/kit/reserve-many.ts URL HOLDER TIMES REQUESTS_PER_MINUTE

import { connectRedisStore } from '../../shared/store/redis.ts';

const [url = '', holder = '', times = '', perMinute = ''] = process.argv.slice(2);
await using store = await connectRedisStore({ url, commandMs: 20_000, onError: () => {} });
const charges = [{ bucket: 'shared', perMinute: Number(perMinute), tokens: 1 }];
const order = { nowMs: 1_800_000_000_000, charges, leases: [], budgets: [], holder, untilMs: 0 };
let granted = 0;
for (let asked = 0; asked < Number(times); asked += 100) {
  const states = await Promise.all(Array.from({ length: 100 }, () => store.reserve(order)));
  granted += states.filter((state) => state.granted).length;
}
process.stdout.write(String(granted));
