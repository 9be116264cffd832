// Looking up a place in a list of what stands in a text one behind the other.

/** How many of the parts, which are in the order of their starts, start before the place. */
export function countBefore(parts: readonly { readonly start: number }[], place: number): number {
  let low = 0;
  let high = parts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((parts[middle]?.start ?? Infinity) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}
