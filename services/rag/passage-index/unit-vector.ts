/**
 * Dot product of `unit` with the vector at `start`, the cosine for unit vectors. Hot loop: four sums
 * avoid waiting for each addition, and doubles avoid conversions.
 */
export function dot(vectors: Float32Array, start: number, unit: Float64Array): number {
  const { length } = unit;
  let one = 0;
  let two = 0;
  let three = 0;
  let four = 0;
  let at = 0;
  for (; at + 3 < length; at += 4) {
    const from = start + at;
    one += (vectors[from] as number) * (unit[at] as number);
    two += (vectors[from + 1] as number) * (unit[at + 1] as number);
    three += (vectors[from + 2] as number) * (unit[at + 2] as number);
    four += (vectors[from + 3] as number) * (unit[at + 3] as number);
  }
  for (; at < length; at += 1) one += (vectors[start + at] as number) * (unit[at] as number);
  return one + two + three + four;
}

/** Scales in place; false for a zero vector, which has no direction. */
export function scaleToUnit(vector: Float32Array | Float64Array): boolean {
  let squares = 0;
  for (const value of vector) squares += value * value;
  if (squares === 0) return false;
  const scale = 1 / Math.sqrt(squares);
  for (let at = 0; at < vector.length; at += 1) vector[at] = (vector[at] as number) * scale;
  return true;
}
