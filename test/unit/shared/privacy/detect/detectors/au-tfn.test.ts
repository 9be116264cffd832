import { auTfn } from '../../../../../../shared/privacy/detect/detectors/au-tfn.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the detector of Australian tax file numbers', [auTfn], {
  finds: [
    'TFN «123 456 782»',
    'tax file number: «876543210»',
    'tfn=«37118629»',
    'TFN «123-456-782»',
  ],
  ignores: ['123456782', 'TFN 123456789', 'TFN 1234567820', 'TFN 12345678', 'TFN 000000000'],
});
