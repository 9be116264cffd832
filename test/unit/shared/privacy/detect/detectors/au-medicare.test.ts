import { auMedicare } from '../../../../../../shared/privacy/detect/detectors/au-medicare.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the detector of Australian Medicare cards', [auMedicare], {
  finds: [
    'Medicare «2123 45670 1»',
    'Medicare «2123456701», «4234 56781 1 2»',
    'medicare_card=«21234567012»',
  ],
  ignores: ['2123456701', 'Medicare 2123 45671 1', 'Medicare 1123456701', 'Medicare 212345670'],
});
