import { expect, it } from 'vitest';
import { Outbox, type Publication } from '../../../../shared/bus/nats-outbox.ts';

/** An outbox of a client that takes everything unless it is closed or finds the payload too large. */
function open() {
  const taken: string[] = [];
  const client = { isClosed: false };
  const outbox = new Outbox({
    isClosed: () => client.isClosed,
    publish(subject, payload) {
      if (payload === 'too large') throw new RangeError('too large');
      taken.push(`${subject} ${String(payload)}`);
    },
  });
  return { outbox, taken, client };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('What is published in a turn of the event loop leaves at its end, in order', async () => {
  const { outbox, taken } = open();
  outbox.publish({ subject: 'a', payload: '1' });
  await Promise.resolve();
  outbox.publish({ subject: 'b', payload: '2' });
  expect(taken).toEqual([]);
  await turn();
  expect(taken).toEqual(['a 1', 'b 2']);
  outbox.publish({ subject: 'c', payload: '3' });
  await turn();
  expect(taken).toEqual(['a 1', 'b 2', 'c 3']);
});

it('What is published has left before anything that the same turn has put off until its end', async () => {
  const { outbox, taken } = open();
  outbox.publish({ subject: 'reply', payload: 'accepted' });
  const seen = new Promise((resolve) => setImmediate(() => resolve([...taken])));
  expect(await seen).toEqual(['reply accepted']);
});

it('A flush publishes at once, and nothing twice', async () => {
  const { outbox, taken } = open();
  outbox.publish({ subject: 'a', payload: '1' });
  outbox.flush();
  expect(taken).toEqual(['a 1']);
  await turn();
  expect(taken).toEqual(['a 1']);
});

it('Who published learns what the client does not take; the others leave all the same', async () => {
  const { outbox, taken, client } = open();
  const refused: string[] = [];
  const published = (payload: string): Publication => ({
    subject: 's',
    payload,
    refused: () => void refused.push(payload),
  });
  outbox.publish(published('too large'));
  outbox.publish(published('fits'));
  await turn();
  expect([taken, refused]).toEqual([['s fits'], ['too large']]);
  client.isClosed = true;
  outbox.publish(published('late'));
  await turn();
  expect([taken, refused]).toEqual([['s fits'], ['too large', 'late']]);
});
