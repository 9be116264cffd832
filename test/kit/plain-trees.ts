/** Nodes of a parsed body without the numbers of their strings, which depend on who read the body. */
export function withoutIndexes<Value>(value: Value): Value {
  const copied: unknown = JSON.parse(
    JSON.stringify(value, (key, each: unknown) => (key === 'index' ? undefined : each)),
  );
  return copied as Value;
}
