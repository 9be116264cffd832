import { usBankAccount } from '../../../../../../shared/privacy/detect/detectors/us-bank-account.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the detector of US bank accounts', [usBankAccount], {
  finds: ['account number «123456789012»', 'checking: «000123456»'],
  ignores: [
    '123456789012',
    'account number 12345',
    'account number 123-456-789',
    'account number 123456789012345678',
  ],
});
