import { mxCurp } from '../../../../../../shared/privacy/detect/detectors/mx-curp.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the CURP detector', [mxCurp], {
  finds: ['«BOXW310820HNERXN09»', 'CURP: «HEGG560427MVZRRL04».'],
  ignores: [
    'HEGG560427MVZRRL05',
    'HEGG561327MVZRRL04',
    'HEGG560427MXXRRL04',
    'HEGG560427AVZRRL04',
    'hegg560427mvzrrl04',
    'HEGG560427MVZRRL044',
  ],
});
