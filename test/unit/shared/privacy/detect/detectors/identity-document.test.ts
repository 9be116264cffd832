import {
  driverLicense,
  passport,
} from '../../../../../../shared/privacy/detect/detectors/identity-document.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the passport detector', [passport], {
  finds: ['passport no. «X1234567»', 'Passport: «123456789»', 'Reisepass «AB1234567»'],
  ignores: ['X1234567', 'passport x1234567', 'passport ABCDEF1', 'passport 1234567890'],
});

describeDetector('the detector of driving licences', [driverLicense], {
  finds: ["driver's license «D1234567»", 'DL no: «12345678», driving licence «MORGA657054SM9IJ»'],
  ignores: ['D1234567', 'driver license d1234567', 'driver 12345678'],
});
