import {
  macAddress,
  macAddressDotted,
} from '../../../../../../shared/privacy/detect/detectors/mac-address.ts';
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
    '"«00:12:22:34:44:56»"',
    'MAC: «00:11:22:33:44:55», «AA:BB:CC:DD:EE:FF»',
    '{"mac": "«01:23:45:67:89:ab»"}',
  ],
  ignores: [
    'device at 00:11:22:33:44:55 (doc)',
    '127.0.0.1:8080  2026-11-12  00:11:22:33:44:55',
    'aa:bb:cc:dd:ee:ff, 12:34:56:78:9a:bc, 02:02:02:02:02:02',
    'MAC 00:00:00:00:00:00',
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

describeDetector('the detector of MAC addresses with dots', [macAddressDotted], {
  finds: [
    'MAC: «0012.3456.789a»',
    'Internet  10.0.0.1   5   «001b.443a.3ab7»  ARPA   Vlan1',
    '{"mac":"«3C22.FB5E.109A»"}',
    'mac address «aab1.ccdd.eeff»',
    'mac:\t«a41b.443a.3ab7»\n',
    'ether «0012.3456.789a».',
  ],
  ignores: [
    '0000.0000.0000',
    'mac ffff.ffff.ffff',
    '1234.5678.9012',
    'a1b2.c3d4.e5f6',
    'x0012.3456.789a',
    '0012.3456.789a.1',
    '[*020D.0020.000A]',
    '0012.3456.789ab',
    '0012.3456.789',
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
        // Of a virtual machine, made from its private IP address.
        const isMade = /^02:..:(?:0a|ac:1|c0:a8)/.test(address);
        const isKnown = /^00:00:(00:00:00:00|5e:00:53)/.test(address);
        const isDevice = (bytes[0] ?? 0) % 2 === 0 && !isKnown && !isMade;
        const range = macAddress.find(address, 2, 3);
        expect(range !== undefined).toBe(isDevice);
      }),
      { examples: [[Uint8Array.of(2, 0, 10, 0, 0, 0)]] },
    );
  });
});
