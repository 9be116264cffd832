import { expect, it } from 'vitest';
import {
  isIdentifierOfKey,
  isWrittenBySoftware,
} from '../../../../../shared/privacy/detect/software-value.ts';

it.each([
  'v0.0.0-20180821212333-d2e6202438be/go.mod',
  'v1.2.3',
  '@jridgewell/gen-mapping@^0.3.0',
  'required|alpha_dash|string|max:255',
  'android.os.BinderProxy@2bd79ce',
  'ABCDEF/20121226/us-east-1/sqs/aws4_request',
  'i,a.name=Gi,a}return',
  '),E=n.limitMessage;!D;)n.limit=h',
  'scripts/worktree/e2e.sh',
  'redis.persistence.existingClaim',
  '%5BREDACTED_LLMP_KEY%5D',
  '%24%7BTOKEN%7D',
  '%3Cyour-token%3E',
])('software wrote %s', (value) => {
  expect(isWrittenBySoftware(value)).toBe(true);
});

it.each([
  'Tr0ub4dor&3',
  'v1.2',
  'P@ssw0rd1.2.3',
  'S3cret|word|2024',
  'anna.koch@2bd79ce',
  'kX9/aB3d/eF5g.h1',
  'a1b2,c3d4=e5f6',
  'winter.2024.summer',
  'p%40ss%21word9',
  'QmFzZTY0/IHNl/Y3JldA==',
])('a person or a generator may have made %s', (value) => {
  expect(isWrittenBySoftware(value)).toBe(false);
});

it('names of keys in camel case are no keys', () => {
  expect(
    ['encryptionKey1024', 'injectNpm2FaToken', 'userPasswordField'].every(isIdentifierOfKey),
  ).toBe(true);
  expect(
    ['aB3dE5fG7hJ9kId', 'k9XvQ2mTokenZ', 'hunter2Horse', 'correcthorse'].some(isIdentifierOfKey),
  ).toBe(false);
});
