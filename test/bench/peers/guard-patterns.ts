// What the other gateways are asked to find: the personal data that the texts of the bench contain.

/** Mail addresses, telephone numbers, cards and IBANs; without look-around, which Rust's engine lacks. */
export const GUARD_PATTERNS: Readonly<Record<string, string>> = {
  mail: String.raw`[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}`,
  phone: String.raw`\+\d{1,3}[ .-]?\(?\d{2,4}\)?[ .-]?\d{3,4}[ .-]?\d{3,4}`,
  card: String.raw`\b(?:\d[ -]?){13,16}\b`,
  iban: String.raw`\b[A-Z]{2}\d{2}[ ]?[A-Z0-9]{4}(?:[ ]?[A-Z0-9]{4}){2,6}(?:[ ]?[A-Z0-9]{1,3})?\b`,
};
