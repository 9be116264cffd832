// Makes many concurrent reservations in a Redis store at a fixed time, and prints how many were granted:
//   node test/kit/reserve-many.ts URL HOLDER TIMES REQUESTS_PER_MINUTE

import { connectRedisStore } from '../../shared/store/redis.ts';
import { limits } from '../../shared/limits.ts';

const [url = '', holder = '', times = '', perMinute = ''] = process.argv.slice(2);
await using store = await connectRedisStore({
  url,
  commandMs: 20_000,
  retention: limits.store.ledger,
  onError: () => {},
});
const charges = [{ bucket: 'shared', perMinute: Number(perMinute), tokens: 1 }];
const taken = { charges, leases: [], budgets: [], holder };
const request = { owner: 'team:a', nowMs: 1_800_000_000_000, ...taken, untilMs: 0 };
let granted = 0;
for (let count = 0; count < Number(times); count += 100) {
  const decisions = await Promise.all(Array.from({ length: 100 }, () => store.reserve(request)));
  granted += decisions.filter((decision) => decision.granted).length;
}
process.stdout.write(String(granted));
