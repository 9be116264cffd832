// The window of the body that a step reads.

/** Address of the next byte, and the end of the window. */
export let at: usize = 0;
export let end: usize = 0;
/** Whether the body ends with the window. */
export let isLast: bool = false;

export function open(from: usize, to: usize, last: bool): void {
  at = from;
  end = to;
  isLast = last;
}

export function moveTo(address: usize): void {
  at = address;
}

/** The byte at an address; 0 after the window. */
export function byteAt(address: usize): u32 {
  return address < end ? u32(load<u8>(address)) : 0;
}
