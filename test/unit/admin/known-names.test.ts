// What an operator names by its name, and which names are refused.

import { describe, expect, it } from 'vitest';
import { keyServiceInMemory } from '../../kit/key-service.ts';

const DAY_MS = 86_400_000;

describe('a list of some keys', () => {
  it('has those of a name, a team or a status', async () => {
    const { clock, service } = keyServiceInMemory();
    const create = (fields: object) => service.create(fields);
    await create({ name: 'ci-linux', team: 'build' });
    await create({ name: 'CI-mac', team: 'search', expires_in: '1d' });
    const { id } = await create({ name: 'laptop', team: 'build' });
    await service.revoke(id);
    clock.advance(DAY_MS);
    const namesOf = async (input: object) =>
      (await service.list(input)).data.map(({ name }) => name).toSorted();
    expect(await namesOf({})).toEqual(['CI-mac', 'ci-linux', 'laptop']);
    expect(await namesOf({ name: 'ci-*' })).toEqual(['CI-mac', 'ci-linux']);
    expect(await namesOf({ name: 'laptop' })).toEqual(['laptop']);
    expect(await namesOf({ team: 'build' })).toEqual(['ci-linux', 'laptop']);
    expect(await namesOf({ status: 'active' })).toEqual(['ci-linux']);
    expect(await namesOf({ status: 'revoked, expired' })).toEqual(['CI-mac', 'laptop']);
  });

  it.each([
    ['status: must be a comma-separated list of active, expired, revoked', { status: 'gone' }],
    ['after: must be the last_id of a page', { after: 'nobody' }],
  ])('is refused with "%s"', async (message, input) => {
    await expect(keyServiceInMemory().service.list(input)).rejects.toMatchObject({ message });
  });
});

describe('a name that is not known', () => {
  it.each([
    [{ policy: 'strct' }, 'policy: there is no policy "strct"; did you mean strict?'],
    [
      { policy: 'nothing' },
      'policy: there is no policy "nothing" (there are default, strict, lax)',
    ],
    [{ collections: ['faqs'] }, 'collections: there is no collection "faqs"; did you mean faq?'],
  ])('is refused when a key is created or updated: %j', async (fields, message) => {
    const { service } = keyServiceInMemory();
    const refused = { code: 'invalid_request', message };
    await expect(service.create({ name: 'a', ...fields })).rejects.toMatchObject(refused);
    const { id } = await service.create({ name: 'a' });
    await expect(service.change(id, fields)).rejects.toMatchObject(refused);
  });
});

describe('a key named by its name', () => {
  it('is shown, updated, rotated and revoked as by its id', async () => {
    const { service } = keyServiceInMemory();
    const { id } = await service.create({ name: 'laptop' });
    expect(await service.show('laptop')).toMatchObject({ id });
    expect(await service.change('laptop', { cache_for: '90m' })).toMatchObject({ id });
    const { id: next } = await service.rotate('laptop', {});
    expect(await service.show('laptop')).toMatchObject({ id: next, cache_for: '90m' });
    expect(await service.revoke('laptop')).toMatchObject({ id: next, status: 'revoked' });
    await expect(service.revoke('laptop')).rejects.toThrow(
      `id: 2 keys are named "laptop"; use the id: ${[`${id} (active)`, `${next} (revoked)`].toSorted().join(', ')}`,
    );
  });

  it('is the same key for every operation, also where the name is not clear', async () => {
    const { service } = keyServiceInMemory();
    for (const name of ['twice', 'twice']) await service.create({ name });
    for (const refused of [
      service.show('twice'),
      service.change('twice', { cache_for: '1m' }),
      service.rotate('twice', {}),
      service.revoke('twice'),
    ]) {
      await expect(refused).rejects.toThrow('2 keys are named "twice"; use the id');
    }
  });
});
