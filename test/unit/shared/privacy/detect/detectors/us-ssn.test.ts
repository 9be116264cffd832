import { usSsn, usSsnBare } from '../../../../../../shared/privacy/detect/detectors/us-ssn.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the detector of social security numbers', [usSsn], {
  finds: [
    '«123-45-6789»',
    'SSN: «123-45-6789».',
    '("«123-45-6789»")',
    '10:20:30 «123-45-6789» 415-555-2671',
    '«123-45-6789» «223-45-6789»',
    String.raw`ssn\n«123-45-6789»`,
  ],
  ignores: [
    '000-45-6789',
    '666-45-6789',
    '900-45-6789',
    '123-00-6789',
    '123-45-0000',
    '123-45-67890',
    '0123-45-6789',
    '123-45-6789-1',
    '1-123-45-6789',
    'a123-45-6789',
    '123-456-789',
    '123456789',
    '123 45 6789',
  ],
});

describeDetector('the detector of social security numbers without dashes', [usSsnBare], {
  finds: [
    'SSN «123456789»',
    'social security number: «123 45 6789»',
    'customer_ssn=«123456789»',
    '{"socialSecurityNumber": "«123.45.6789»"}',
  ],
  ignores: [
    '123456789',
    'ssn 000456789',
    'ssn 12345678',
    'ssn 1234567890',
    'ssn 0.123456789',
    'ssn 123456.789',
    'lessness 123456789',
  ],
});
