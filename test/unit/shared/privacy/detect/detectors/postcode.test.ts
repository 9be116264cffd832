import {
  postcode,
  postcodeWithLetters,
} from '../../../../../../shared/privacy/detect/detectors/postcode.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the detector of postal codes', [postcode], {
  finds: ['zip «94105»', 'ZIP code: «94105-1234»', 'PLZ «10115»'],
  ignores: ['94105', 'zip 9410', 'zip 941050', 'unzip 94105'],
});

describeDetector('the detector of postal codes with letters', [postcodeWithLetters], {
  finds: ['postcode «SW1A 1AA»', 'post code: «M1 1AE», «CR26XH»', 'postal code «K1A 0B1»'],
  ignores: ['SW1A 1AA', 'postcode sw1a 1aa', 'postcode SW1A 1AAA', 'postcode XSW1A 1AA'],
});
