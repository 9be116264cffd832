/** Binary search: the number of ranges, sorted by start, that start before `position`. */
export function countBefore(
  ranges: readonly { readonly start: number }[],
  position: number,
): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle]?.start ?? Infinity) < position) low = middle + 1;
    else high = middle;
  }
  return low;
}
