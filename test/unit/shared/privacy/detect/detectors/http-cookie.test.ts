import { describe, expect, it } from 'vitest';
import { httpCookie } from '../../../../../../shared/privacy/detect/detectors/http-cookie.ts';
import { secretsIn } from '../../../../../kit/find-secret.ts';

const token = 'OWfrDWwiBnPakzO81UqgNGETIrkXQu5K';
const hash = 'A1996C87DC700DA1B06C7AB603CA4139';

describe('httpCookie', () => {
  it.each([
    `Cookie: theme=dark; session=${token}; lang=en`,
    `Cookie: remember_me=${token}`,
    `cookie: _ga_XY=1; cf_clearance=${token}`,
    `Set-Cookie: connect.sid=${token}; Path=/; HttpOnly`,
    `set-cookie: __Host-x=${token}; Expires=Wed, 21 Oct 2026 07:28:00 GMT`,
    `{"Cookie": "a=1; tok=${token}"}`,
    String.raw`{\"cookie\":\"a=1; tok=${token}\"}`,
    `cookies = {"sessionid": "${token}"}`,
    `requests.get(url, cookies={'uid': '${token}'})`,
    `document.cookie = "auth=${token}; path=/"`,
    `-b 'PHPSESSID=${token}' --cookie-jar x`,
    `curl --cookie "uid=${token}" https://acme.io`,
    `curl -H 'Cookie: uid=${token}' https://acme.io`,
    `Cookie：uid=${token}`.replace('：', ': '),
  ])('finds the value in %s', (text) => {
    expect(secretsIn([httpCookie], text)).toEqual([`HTTP_COOKIE ${token}`]);
  });

  it('finds every cookie of a header, also one that is a hash', () => {
    const text = `Cookie: JSESSIONID=${hash}; theme=dark; remember_me=${token}`;
    expect(secretsIn([httpCookie], text)).toEqual([`HTTP_COOKIE ${hash}`, `HTTP_COOKIE ${token}`]);
  });

  it.each([
    ['without a cookie near', `session=${token}`],
    ['on another line', `Cookie: a=1\nETag=${token}`],
    ['that is a preference', 'Cookie: theme=dark; lang=en-GB; currency=EUR; tz=Europe/Berlin'],
    ['that is a name', 'cookie: session=sessionCookieNameForTheUser'],
    ['that is code', 'cookies.session = await createSession(request)'],
    ['that is a template', 'Cookie: session=${sessionToken1234567890}'],
    ['that is an attribute', 'Set-Cookie: a=1; Domain=a1b2c3d4e5f6g7h8.acme.io'],
    ['in a sentence about cookies', `We set cookies. The id is ${token}`],
  ])('finds no value %s', (_, text) => {
    expect(secretsIn([httpCookie], text)).toEqual([]);
  });
});
