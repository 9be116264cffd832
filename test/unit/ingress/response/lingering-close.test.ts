import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { lingeringClose } from '../../../../services/ingress/response/lingering-close.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';

it('ends a connection, reads nothing more, and resets it if the peer does not leave', async () => {
  const socket = new Socket();
  const clock = createFakeClock();
  lingeringClose(socket, clock, 500);
  expect(socket.writableEnded).toBe(false);
  socket.destroySoon();
  socket.destroySoon();
  socket.resume();
  await new Promise(setImmediate);
  expect([socket.writableEnded, socket.isPaused(), socket.destroyed]).toEqual([true, true, false]);
  clock.advance(499);
  expect(socket.destroyed).toBe(false);
  clock.advance(1);
  expect(socket.destroyed).toBe(true);
});
