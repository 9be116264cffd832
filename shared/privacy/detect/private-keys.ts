// All detectors of private keys, in order of precedence.

import type { Detector } from './detector.ts';
import { JSON_WEB_KEY } from './detectors/json-web-key.ts';
import { pkcs12File } from './detectors/pkcs12-file.ts';
import {
  agePrivateKey,
  derPrivateKey,
  pemPrivateKey,
  puttyPrivateKey,
} from './detectors/private-key.ts';

export const PRIVATE_KEYS: readonly Detector[] = [
  pemPrivateKey,
  puttyPrivateKey,
  agePrivateKey,
  derPrivateKey,
  pkcs12File,
  ...JSON_WEB_KEY,
];
