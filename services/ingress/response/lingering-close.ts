// Ends the connection of a client that is still sending. A reset would discard the response before the
// client has read it (RFC 9112, section 9.6).

import type { Socket } from 'node:net';
import type { Clock } from '../../../shared/runtime/clock.ts';

/** After the response, closes the sending half, reads nothing more, and resets after `lingerMs`. */
export function lingeringClose(
  socket: Socket,
  clock: Pick<Clock, 'after'>,
  lingerMs: number,
): void {
  let isClosing = false;
  // Node calls this when the response has been written.
  socket.destroySoon = () => {
    if (isClosing) return;
    isClosing = true;
    socket.end();
    // Node resumes reading to discard the rest of the body; stop after that.
    socket.on('resume', () => socket.pause());
    socket.pause();
    const cancel = clock.after(lingerMs, () => socket.destroy());
    socket.once('close', cancel);
  };
}
