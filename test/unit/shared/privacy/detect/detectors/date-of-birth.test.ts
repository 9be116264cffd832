import { dateOfBirth } from '../../../../../../shared/privacy/detect/detectors/date-of-birth.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the detector of days of birth', [dateOfBirth], {
  finds: [
    'DOB: «1985-03-12»',
    'born «12.03.1985», born on «12/03/85»',
    'date of birth: «March 12, 1985»',
    'Geburtsdatum «12.3.1985»',
    'born «12th of March 1985», born «12 Mar. 1985»',
    '{"birthDate":"«1985-03-12»"}',
    'DOB «19850312»',
  ],
  ignores: [
    '1985-03-12',
    'DOB 1985-13-12',
    'DOB March',
    'DOB 2.3.4',
    'DOB 12 March',
    'stubborn 1985-03-12',
  ],
});
