import { usNpi } from '../../../../../../shared/privacy/detect/detectors/us-npi.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the detector of health care providers', [usNpi], {
  finds: ['NPI «1234567893»', 'national provider identifier: «1245319599»'],
  ignores: [
    '1234567893',
    'NPI 1234567890',
    'NPI 3234567891',
    'NPI 12345678930',
    'NPI 123-456-7893',
  ],
});
