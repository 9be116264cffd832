import { usItin, usItinBare } from '../../../../../../shared/privacy/detect/detectors/us-itin.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the detector of taxpayer numbers', [usItin], {
  finds: ['«900-70-1234»', 'ITIN «999-88-1234»,', '«912-50-1234» and «912-99-1234»'],
  ignores: [
    '900-66-1234',
    '900-69-1234',
    '900-89-1234',
    '900-93-1234',
    '900-49-1234',
    '800-70-1234',
  ],
});

describeDetector('the detector of taxpayer numbers without dashes', [usItinBare], {
  finds: ['ITIN: «900701234»', 'taxpayer id «900 70 1234»'],
  ignores: ['900701234', 'itin 900661234', 'itin 800701234', 'itin 9007012345'],
});
