import { describe, expect, it } from 'vitest';
import {
  loginCall,
  userPassword,
} from '../../../../../../shared/privacy/detect/detectors/login-call.ts';
import { secretsIn } from '../../../../../kit/find-secret.ts';

const CALLS = [loginCall];
const PAIRS = [userPassword];

describe('loginCall', () => {
  it.each([
    'smtp.login("billing@kranich.net", "Wq7!fennel-Lark")',
    "server.login(user, 'Wq7!fennel-Lark')",
    'server.login(\n    os.environ["USER"],\n    "Wq7!fennel-Lark",\n)',
    '{"line": "smtp.login(\\"jo\\", \\"Wq7!fennel-Lark\\")"}',
    'new NetworkCredential("jo", "Wq7!fennel-Lark")',
    'new UsernamePasswordCredentials("jo", "Wq7!fennel-Lark")',
    'requests.get(u, auth=("jo", "Wq7!fennel-Lark"))',
    "requests.get(u, auth=HTTPBasicAuth('jo', 'Wq7!fennel-Lark'))",
    'DriverManager.getConnection(url, "sa", "Wq7!fennel-Lark")',
    'smtp.PlainAuth("", "jo@x.org", "Wq7!fennel-Lark", "mail.x.org")',
    'req.SetBasicAuth("jo", "Wq7!fennel-Lark")',
    'ftp_login($ftp, $user, "Wq7!fennel-Lark")',
    'pymysql.connect("h", "u", "Wq7!fennel-Lark", "db")',
    'session.auth = ("jo", "Wq7!fennel-Lark")',
    'new PDO($dsn, $user, "Wq7!fennel-Lark")',
  ])('finds the password in %s', (text) => {
    expect(secretsIn(CALLS, text)).toEqual(['LOGIN_PASSWORD Wq7!fennel-Lark']);
  });

  it.each([
    'smtp.login(user, password)',
    'smtp.login("jo", password)',
    'smtp.login("jo", "password")',
    'smtp.login("jo", "${PASSWORD_1}")',
    'smtp.login("jo", os.environ["PASSWORD1"])',
    'login("jo")',
    'login("auth.form.title", "auth.form.subtitle-2")',
    'getConnection("jdbc:mysql://db/shop", "app", "<password1>")',
  ])('finds nothing in %s', (text) => {
    expect(secretsIn(CALLS, text)).toEqual([]);
  });
});

describe('userPassword', () => {
  it.each([
    'curl_easy_setopt(curl, CURLOPT_USERPWD, "root:dkb82VddSD");',
    "curl_setopt($ch, CURLOPT_PROXYUSERPWD, 'root:dkb82VddSD');",
    'curl_setopt_array($ch, [CURLOPT_USERPWD => "root:dkb82VddSD"]);',
    '"basic_auth": "root:dkb82VddSD"',
  ])('finds the password in %s', (text) => {
    expect(secretsIn(PAIRS, text)).toEqual(['LOGIN_PASSWORD dkb82VddSD']);
  });

  it.each([
    'curl_setopt($ch, CURLOPT_USERPWD, "user:password");',
    'curl_setopt($ch, CURLOPT_USERPWD, "$user:$password");',
    'curl_setopt($ch, CURLOPT_USERPWD, $login);',
    '"basic_auth": "type:<password>"',
  ])('finds nothing in %s', (text) => {
    expect(secretsIn(PAIRS, text)).toEqual([]);
  });
});
