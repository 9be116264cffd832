/** What all detectors of passwords beside a login have in common. */
export const LOGIN_PASSWORD = {
  entity: 'LOGIN_PASSWORD',
  label: 'SECRET',
  tier: 'A',
  secret: true,
} as const;
