import { describe, expect, it } from 'vitest';
import {
  COMMAND_PASSWORDS as COMMANDS,
  pipedPassword,
} from '../../../../../../shared/privacy/detect/detectors/command-password.ts';
import { secretsIn } from '../../../../../kit/find-secret.ts';

const COMMAND_PASSWORDS = [...COMMANDS, pipedPassword];
const PASSWORD = 'JrE63AH4zeA';

describe('COMMAND_PASSWORDS', () => {
  it.each([
    "sshpass -p 'JrE63AH4zeA' ssh root@db",
    'sshpass -p JrE63AH4zeA scp a root@db:/b',
    'sshpass -pJrE63AH4zeA ssh root@db',
    '["sshpass", "-p", "JrE63AH4zeA", "ssh"]',
    'mysql -u root -pJrE63AH4zeA shop',
    "mysqldump -uroot -p'JrE63AH4zeA' shop > x.sql",
    'mysql -h db \\\n  -u root \\\n  -pJrE63AH4zeA',
    'docker login -u tr -p JrE63AH4zeA reg.kranich.net',
    'helm registry login reg.kranich.net -u jo -p JrE63AH4zeA',
    'redis-cli -h cache -a JrE63AH4zeA ping',
    'mongosh -u jo -p JrE63AH4zeA db',
    'ldapsearch -x -D cn=admin -w JrE63AH4zeA -b dc=x',
    'sqlcmd -S db -U sa -P JrE63AH4zeA',
    'zip -P JrE63AH4zeA out.zip in',
    '7z x -pJrE63AH4zeA a.7z',
    'xfreerdp /u:jo /p:JrE63AH4zeA /v:host',
    'openssl pkcs12 -in a.p12 -passin pass:JrE63AH4zeA',
    'openssl enc -aes-256-cbc -pass "pass:JrE63AH4zeA"',
    'keytool -list -storepass JrE63AH4zeA -keystore k',
    'smbclient //srv/x -U jo%JrE63AH4zeA',
    'htpasswd -cb /etc/x jo JrE63AH4zeA',
    'net user jo JrE63AH4zeA /add',
    'net use Z: \\\\srv\\s /user:jo JrE63AH4zeA',
    'sqlplus jo/JrE63AH4zeA@db',
    'echo JrE63AH4zeA | docker login -u jo --password-stdin',
    'echo "JrE63AH4zeA" | sudo -S ls',
    "echo 'jo:JrE63AH4zeA' | chpasswd",
    '$p = ConvertTo-SecureString "JrE63AH4zeA" -AsPlainText -Force',
    'ConvertTo-SecureString -String -Force JrE63AH4zeA',
    '"ConvertTo-SecureString \\"JrE63AH4zeA\\""',
    "CREATE USER jo IDENTIFIED BY 'JrE63AH4zeA';",
    'CREATE USER jo IDENTIFIED BY JrE63AH4zeA;',
    "alter user 'root'@'%' identified with mysql_native_password by 'JrE63AH4zeA'",
    "GRANT ALL ON *.* TO 'jo'@'%' IDENTIFIED BY PASSWORD 'JrE63AH4zeA'",
    'CREATE ROLE admin WITH LOGIN PASSWORD JrE63AH4zeA;',
    "ALTER LOGIN sa WITH PASSWORD = N'JrE63AH4zeA';",
  ])('finds the password in %s', (text) => {
    expect(secretsIn(COMMAND_PASSWORDS, text)).toEqual([`LOGIN_PASSWORD ${PASSWORD}`]);
  });

  it('finds a password with blanks in quotes', () => {
    expect(secretsIn(COMMAND_PASSWORDS, 'sshpass -p "Summer Fun" ssh db')).toEqual([
      'LOGIN_PASSWORD Summer Fun',
    ]);
  });

  it.each([
    'sshpass -p $PASSWORD ssh root@db',
    'sshpass -p "${PASSWORD}" ssh root@db',
    'sshpass -f /etc/secret ssh root@db',
    'mysql -u root -p shop',
    'mysql -p"$MYSQL_PASSWORD" shop',
    'mysql --port=3306 shop',
    'docker run -p 8080:80 nginx',
    'docker login reg -u jo --password-stdin',
    'echo $PASSWORD | docker login --password-stdin',
    'cat secret1 | docker login --password-stdin',
    'the login page -p does nothing',
    'keytool -list -storepass changeit -keystore k',
    'openssl req -passin file:/etc/pw1234',
    'openssl req -passin env:PASS1234',
    'htpasswd -c /etc/x jo',
    'net use z: //srv/share',
    'the header identified by `name` is currently set',
    'objects identified by their unique id',
    'IDENTIFIED BY <password>',
    'CREATE USER jo IDENTIFIED BY :password1',
    'redis-cli -h cache ping',
  ])('finds nothing in %s', (text) => {
    expect(secretsIn(COMMAND_PASSWORDS, text)).toEqual([]);
  });
});
