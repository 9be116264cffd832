import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { permissionsOf, type Hosted } from '../../../../shared/bus/nats-users.ts';
import { SHIPPED_CONFIG } from '../../../kit/servers.ts';

const shipped = readFileSync(SHIPPED_CONFIG, 'utf8');

/** What the shipped file lets a user do. */
function shippedPermissions(user: string) {
  const block = shipped.slice(shipped.indexOf(`user: ${user}\n`));
  const [publish, subscribe] = ['publish', 'subscribe'].map((kind) => {
    const list: string[] = JSON.parse(new RegExp(`${kind}: (\\[.*\\])`).exec(block)?.[1] ?? '[]');
    return list.toSorted();
  });
  return { publish, subscribe };
}

const own = (...workers: Hosted[]) => {
  const { publish, subscribe } = permissionsOf(workers);
  return { publish: publish.toSorted(), subscribe: subscribe.toSorted() };
};

describe('the permissions of a process', () => {
  it.each(['ingress', 'policy', 'rag', 'upstream'] as const)(
    'that hosts %s are those of the shipped file',
    (worker) => {
      expect(own(worker)).toEqual(shippedPermissions(worker));
    },
  );

  it('that hosts scrubber and policy are those of the shipped scrubber, with its own inbox', () => {
    const { publish, subscribe } = shippedPermissions('scrubber');
    expect(own('scrubber', 'policy')).toEqual({
      publish,
      subscribe: subscribe
        ?.map((subject) => subject.replace('_INBOX.scrubber.', '_INBOX.scrubber-policy.'))
        .toSorted(),
    });
  });

  it('let only scrubbers receive unscrubbed requests, and only an ingress read its frames', () => {
    const others = permissionsOf(['policy', 'rag', 'upstream']).subscribe;
    expect(others.filter((subject) => /stage\.scrubber|inbox\.ingress/.test(subject))).toEqual([]);
  });
});
