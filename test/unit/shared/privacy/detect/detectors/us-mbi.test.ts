import { usMbi } from '../../../../../../shared/privacy/detect/detectors/us-mbi.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the detector of Medicare beneficiaries', [usMbi], {
  finds: ['MBI «1EG4-TE5-MK73»', 'Medicare «1EG4TE5MK73».', 'beneficiary_id: "«1EG4TE5MK72»"'],
  ignores: [
    '1EG4-TE5-MK73',
    'MBI 0EG4-TE5-MK73',
    'MBI 1SG4-TE5-MK73',
    'MBI 1EG4-TE5-MB73',
    'MBI 1eg4-te5-mk73',
    'MBI 1EG4TE5MK733',
    'MBI 1EG4-TE5-MK7',
  ],
});
