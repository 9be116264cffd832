// Numbers that programs have beside the words for accounts and telephones.

const FIELD_LENGTH_MAX = 120;
const FIELD =
  /(?:\b(?:optional|repeated|required) [\w.]{1,60}|\b[a-z]\w{0,30}(?:\.\w{1,30}){1,4}) \w{1,40} = $/;

/** `[5c93149](https://…)`. */
export function isLinkedCommit(text: string, start: number, end: number): boolean {
  return (
    text[start - 1] === '[' &&
    text.startsWith('](', end) &&
    /^[\da-f]{7,12}$/.test(text.slice(start, end))
  );
}

/** The number of a field of Protocol Buffers: `optional string account = 12345678;`. */
export function isFieldNumber(text: string, start: number, end: number): boolean {
  return (
    /^\s{0,2}[;[]/.test(text.slice(end, end + 3)) &&
    FIELD.test(text.slice(Math.max(0, start - FIELD_LENGTH_MAX), start))
  );
}
