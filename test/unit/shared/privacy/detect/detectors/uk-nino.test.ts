import { ukNino } from '../../../../../../shared/privacy/detect/detectors/uk-nino.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the detector of national insurance numbers', [ukNino], {
  finds: [
    'NI number: «AB123456C»',
    'National Insurance «AB 12 34 56 C»',
    'NINO «AB 123456 C», «AB-12-34-56-C»',
    '{"nationalInsuranceNumber":"«CE123456D»"}',
    String.raw`NINO:\n«AB123456C»`,
  ],
  ignores: [
    'AB123456C',
    'NINO QQ123456C',
    'NINO BG123456C',
    'NINO TN123456A',
    'NINO AO123456A',
    'NINO AB123456E',
    'NINO ab123456c',
    'NINO AB1234567C',
    'NINO XAB123456C',
    'NINO AB 12 34 56',
  ],
});
