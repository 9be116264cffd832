import { describe, expect, it } from 'vitest';
import {
  leakedLogin,
  loginPair,
} from '../../../../../../shared/privacy/detect/detectors/login-pair.ts';
import { secretsIn } from '../../../../../kit/find-secret.ts';

const DETECTORS = [loginPair, leakedLogin];

describe('loginPair and leakedLogin', () => {
  it.each([
    'credentials: admin / Plover!42x',
    'Credentials for staging are admin:Plover!42x.',
    'creds = jo:Plover!42x',
    'log in with admin / Plover!42x',
    'login: jo@kranich.net | Plover!42x',
    'login details: jo and Plover!42x',
    'Zugangsdaten: jo / Plover!42x',
    'identifiants : jo / Plover!42x',
    'credenciales: jo / Plover!42x',
    'jo@kranich.net:Plover!42x',
    'jo@kranich.net;Plover!42x;Köln',
    'a@kranich.net:x\njo@kranich.net / Plover!42x\n',
    'email: jo@kranich.net | Plover!42x',
    'ssh admin:Plover!42x@10.0.0.4',
  ])('find the password in %s', (text) => {
    expect(secretsIn(DETECTORS, text)).toEqual(['LOGIN_PASSWORD Plover!42x']);
  });

  it('find a simple password in a list of addresses', () => {
    expect(secretsIn(DETECTORS, 'jo@kranich.net:sommer99')).toEqual(['LOGIN_PASSWORD sommer99']);
  });

  it.each([
    'login: /auth/login',
    'UID:20261130T034602Z-4711@kranich.net',
    'javascript:%61%6c%65%72%74%28%31%29@kranich.net',
    'mailto:jo.smith84@kranich.net',
    'login: admin:password',
    'login: https://kranich.net:8443',
    'credentials: {user}/{password}',
    'creds: jo / ${PASSWORD1}',
    'login with oauth2 / openid1',
    'git@kranich.net:team/app2.git',
    'git@kranich.net:app2.git',
    'jo@kranich.net:8080',
    'jo@kranich.net: hello',
    'Ann <jo@kranich.net>, Bob',
    'scp a jo@kranich.net:backup2',
  ])('find nothing in %s', (text) => {
    expect(secretsIn(DETECTORS, text)).toEqual([]);
  });
});
