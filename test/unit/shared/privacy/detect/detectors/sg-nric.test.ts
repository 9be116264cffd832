import { sgNric } from '../../../../../../shared/privacy/detect/detectors/sg-nric.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the NRIC detector', [sgNric], {
  finds: ['«S1234567D»', 'NRIC: «T1234567J», «F1234567N», «G1234567X», «M1234567K».'],
  ignores: ['S1234567A', 's1234567d', 'A1234567D', 'S12345678D', 'S1234567DD', 'S1234567-D'],
});
