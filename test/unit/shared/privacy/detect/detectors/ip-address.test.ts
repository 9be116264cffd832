import { ipv4, ipv6 } from '../../../../../../shared/privacy/detect/detectors/ip-address.ts';
import fc from 'fast-check';
import validator from 'validator';
import { describe, expect, it } from 'vitest';
import { describeDetector, findWith } from '../../../../../kit/find-with.ts';
import { checkProperty } from '../../../../../kit/properties.ts';

describeDetector('the IPv4 detector', [ipv4], {
  finds: [
    '«81.2.69.142»',
    'from «81.2.69.142» port 22',
    'http://«81.2.69.142»:8080/',
    '«81.2.69.142»/24',
    '10:00:01 «81.2.69.142» 200',
    '«81.2.69.142» - - [',
    'root@«81.2.69.142»',
    'ip=«81.2.69.142».',
    '::ffff:«81.2.69.142»',
    '«81.2.69.142»,«81.2.69.143»',
    '{"ip":"«81.2.69.142»"}',
    'Server: «52.28.81.94»',
    'server=«52.28.81.94» up',
    'nameserver «213.73.91.35»',
    'driver: «91.64.118.203»',
    '"webserver": "«18.197.44.210»"',
    'receiver «81.2.69.142», resolver: «81.2.69.143», over «81.2.69.144»',
    'APISERVER=«81.2.69.142»',
    'the fileserver is «81.2.69.142» for now',
    'dev «81.2.69.142», prev: «81.2.69.143»',
    'intersection «81.2.69.142»',
    '«8.8.31.64»',
    'http://«11.10.10.10»/',
    'root@«11.10.10.10»',
    '{"ip":"«11.10.10.10»"}',
    'The address is «11.10.10.10».',
    'host=«11.10.10.10»',
    'from «11.10.10.10»:8443',
  ],
  ignores: [
    '10.1.2.3 172.16.1.1 192.168.1.1 127.0.0.1 169.254.1.1 100.64.1.1 0.0.0.0',
    '192.0.2.1, 198.51.100.7, 203.0.113.9',
    '224.0.0.251 255.255.255.0 255.255.255.255',
    '8.8.8.8, 1.1.1.1',
    '5.0.0.0',
    '81.2.69.0/24',
    'Chrome/120.0.6.109',
    'v81.2.69.142',
    'version 81.2.69.142',
    'Release: 81.2.69.142',
    '>=81.2.69.142',
    'ver 81.2.69.142, rev. 81.2.69.142, Ver: 81.2.69.142',
    'FileVersion 81.2.69.142, AssemblyVersion("81.2.69.142"), fileVer=81.2.69.142',
    'PRODUCT_VERSION = "81.2.69.142"',
    'versions 81.2.69.142, 81.2.70.1 and 82.2.70.1',
    'upgraded version from 81.2.69.142 to 81.2.70.1',
    '** $Id: lapi.c,v 2.55.1.5 2008/07/04 18:41:18 roberto Exp $',
    '/* $Header: /cvs/src/a.c,v 81.2.69.142 2008/07/04 ann Exp $ */',
    '$Revision: 81.2.69.142 $',
    'M1.52-.87 2.83-2.12 3.51.98.132 2.03.5 3.11',
    'ECMA-376, 17.3.2.41',
    '==81.2.69.142',
    'pkg-81.2.69.142',
    '81.2.69.142-beta',
    '81.2.69.142.5',
    '1.81.2.69.142',
    '81.2.69.256',
    '81.2.69',
    '081.2.69.142',
    '3.1.2.4 Errors, RFC 9111 §5.2.2.10, 19.2.3.1',
    'ObjectIdentifier("2.5.29.15")',
    'from 11.10.10.10 to 11.10.10.11, chip 11.10.10.10',
    'ip version 11.10.10.10',
    '81.2.69.142.tar.gz',
    'a81.2.69.142',
    '81.2.69.1425',
  ],
});

describeDetector('the IPv6 detector', [ipv6], {
  finds: [
    '«2a02:8109:b6c0:1a2b:3c4d:5e6f:7081:92a3»',
    '«2a02:8109::1»',
    '[«2a02:8109::1»]:443',
    'inet6 «2A02:8109::92A3»/64',
    '«2a02:8109::1».',
    'from «2a02:8109::1»: refused',
    '«2a02:8109::1»%eth0',
    '«2a02:8109::81.2.69.142»',
    // Complete, with any prefix.
    'address «8e40:4041:c617:e898:c11:40d2:c669:2eb4» blocked',
    'ip=|«D80:E4B5:79DA:6CF6:71F3:51F7:9161:C319»|',
    'client [«51af:d4b3:1582:8b96:922a:e3d3:6b67:f2bc»]:51234',
  ],
  ignores: [
    '::1 :: fe80::1 fc00::1 ff02::1',
    '2001:db8::1',
    '2606:4700:4700::1111',
    '2a02:8109::/32',
    'std::vector dead::beef abc::def add::Add',
    '2a02:8109',
    '2024:01:02:03:04',
    '12:30:45',
    'x2a02:8109::1',
    ':2a02:8109::1',
    '2a02:8109::1z',
    '2a02:8109::12345',
    '2a02:8109::1::2',
    '2a:2b:3c:4d:5e:6f:70:81:92:a3:b4:c5:d6:e7:f8:09',
    '8e40:4041:c617:e898:c11:40d2:c669',
    '8e40:4041:c617:e898:c11:40d2:c669:2eb4:9161',
    '8e40:4041:c617:e898:c11:40d2:c669:2eb4f',
    '8e:40:c6:e8:c1:4d:c9:2e',
    'fd40:4041:c617:e898:c11:40d2:c669:2eb4',
    'FEDC:BA98:7654:3210:FEDC:BA98:7654:3210, dead:beef:cafe:5417:affe:8fa3:deaf:feed',
    '1:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  ],
});

describe('the IP detectors', () => {
  it('find nothing but addresses', () => {
    const text = fc.stringMatching(/^[0-9a-f.:]{1,40}$/);
    checkProperty(
      fc.property(text, (noise) => {
        for (const found of findWith([ipv4, ipv6], `2a02:${noise}`)) {
          expect(validator.isIP(found)).toBe(true);
        }
      }),
    );
  });

  it('find every public address', () => {
    const part = fc.integer({ min: 10, max: 255 });
    const addresses = fc
      .tuple(fc.integer({ min: 11, max: 99 }), part, part, part)
      .map((parts) => parts.join('.'));
    checkProperty(
      fc.property(addresses, (ip) => {
        expect(findWith([ipv4], `the IP ${ip}`)).toEqual([ip]);
        // Without context, small parts may be a version or a chapter.
        const isClear = ip.split('.').some((each) => Number(each) >= 64);
        expect(findWith([ipv4], `from ${ip}`)).toEqual(isClear ? [ip] : []);
      }),
      { examples: [['11.10.10.10']] },
    );
    const first = fc.integer({ min: 0x2400, max: 0x2fff });
    const others = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 7, maxLength: 7 });
    checkProperty(
      fc.property(first, others, (head, tail) => {
        const address = [head, ...tail].map((group) => group.toString(16)).join(':');
        expect(findWith([ipv6], `from ${address} on`)).toEqual([address]);
      }),
    );
  });
});
