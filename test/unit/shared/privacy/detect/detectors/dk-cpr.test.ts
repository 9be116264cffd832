import { dkCpr, dkCprBare } from '../../../../../../shared/privacy/detect/detectors/dk-cpr.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the CPR detector', [dkCpr], {
  finds: [
    'CPR «211062-5629»',
    'CPR-nr.: «070761-4285»',
    'without its check digit, CPR «010107-4321»',
  ],
  ignores: ['211062-5629', 'CPR 321062-5629', 'CPR 211362-5629', 'CPR 211062-56290'],
});

describeDetector('the detector of CPRs without a dash', [dkCprBare], {
  finds: ['CPR-nummer «2110625629», CPR «070761 4285»'],
  ignores: ['2110625629', 'CPR 2110625628', 'CPR 3210625629'],
});
