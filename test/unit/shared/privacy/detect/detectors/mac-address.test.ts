import { macAddress } from '../../../../../../shared/privacy/detect/detectors/mac-address.ts';
import fc from 'fast-check';
import validator from 'validator';
import { describe, expect, it } from 'vitest';
import { describeDetector, findWith } from '../../../../../kit/find-with.ts';
import { checkProperty } from '../../../../../kit/properties.ts';

describeDetector('the MAC detector', [macAddress], {
  finds: [
    '«00:1B:44:11:3A:B7»',
    'ether «00:1b:44:11:3a:b7» txqueuelen',
    '«00-1B-44-11-3A-B7».',
    '"«00:11:22:33:44:55»"',
  ],
  ignores: [
    '00:00:00:00:00:00',
    'ff:ff:ff:ff:ff:ff',
    'FF-FF-FF-FF-FF-FF',
    '01:00:5e:00:00:fb',
    '33:33:00:00:00:01',
    '00:00:5e:00:53:01',
    '00:1b:44:11:3a',
    '00:1b:44:11:3a:b7:c8',
    'a0:00:1b:44:11:3a:b7:c8:d9:e0',
    '00:1b:44-11-3a-b7',
    '00:1b:44:11:3a:g7',
    'x00:1b:44:11:3a:b7',
    '00:1b:44:11:3a:b7f',
    '24-01-31-23-59-58',
    '12:30:45',
  ],
});

describe('the MAC detector', () => {
  it('finds nothing but addresses', () => {
    checkProperty(
      fc.property(fc.stringMatching(/^[0-9a-f:-]{1,40}$/), (noise) => {
        for (const found of findWith([macAddress], noise))
          expect(validator.isMACAddress(found)).toBe(true);
      }),
    );
  });

  it('finds every device address', () => {
    checkProperty(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (bytes) => {
        const address = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
        const isDevice =
          (bytes[0] ?? 0) % 2 === 0 && !/^00:00:(00:00:00:00|5e:00:53)/.test(address);
        const range = macAddress.find(address, 2, 3);
        expect(range !== undefined).toBe(isDevice);
      }),
    );
  });
});
