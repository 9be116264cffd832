import { describe, expect, it } from 'vitest';
import { scanMarked } from '../../../../kit/marked-secrets.ts';

describe('secrets in SQL, tables and pairs', () => {
  it.each([
    "CREATE USER jo WITH PASSWORD '§dkb82VddSD§';",
    "CREATE USER jo WITH ENCRYPTED PASSWORD '§dkb82VddSD§';",
    "CREATE USER 'jo'@'%' IDENTIFIED BY '§dkb82VddSD§';",
    "CREATE USER jo PASSWORD '§dkb82VddSD§' SUPERUSER;",
    "ALTER USER jo PASSWORD '§dkb82VddSD§';",
    "ALTER ROLE jo WITH LOGIN PASSWORD '§dkb82VddSD§';",
    "alter role jo password '§dkb82VddSD§'",
    "ALTER USER 'root'@'localhost' IDENTIFIED WITH caching_sha2_password BY '§dkb82VddSD§';",
    "SET PASSWORD FOR 'jo'@'%' = PASSWORD('§dkb82VddSD§');",
    "SET PASSWORD = '§dkb82VddSD§';",
    "CREATE LOGIN jo WITH PASSWORD = '§dkb82VddSD§';",
    "ALTER LOGIN sa WITH PASSWORD='§dkb82VddSD§';",
    "EXEC sp_addlogin 'jo', '§dkb82VddSD§'",
    'GRANT ALL ON x.* TO jo IDENTIFIED BY "§dkb82VddSD§";',
    "UPDATE users SET password = '§dkb82VddSD§' WHERE id = 1;",
    "UPDATE users SET name='jo', password='§dkb82VddSD§' WHERE id=1",
    "UPDATE users SET pw = MD5('§dkb82VddSD§') WHERE id = 1",
    "INSERT INTO users (id, name, password) VALUES (1, 'jo', '§dkb82VddSD§');",
    "INSERT INTO users (password, name) VALUES ('§dkb82VddSD§', 'jo'), ('§Xkb82VddSD§', 'al');",
    "INSERT INTO `users` (`id`, `email`, `pwd`) VALUES (1, 'jo', '§dkb82VddSD§');",
    "insert into users set name='jo', password='§dkb82VddSD§'",
    "SELECT * FROM users WHERE password = '§dkb82VddSD§'",
    "SELECT * FROM users WHERE name='jo' AND pass='§dkb82VddSD§'",
    "WHERE password = crypt('§dkb82VddSD§', password)",
    "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'x', password '§dkb82VddSD§');",
    "CREATE USER MAPPING FOR jo SERVER s OPTIONS (user 'jo', password '§dkb82VddSD§');",
    "CREATE SECRET s (TYPE S3, KEY_ID 'x', SECRET '§q9XwLm27vTz81KpD4aQ3§');",
    "CHANGE MASTER TO MASTER_HOST='x', MASTER_USER='r', MASTER_PASSWORD='§dkb82VddSD§';",
    'CREATE DATABASE LINK l CONNECT TO jo IDENTIFIED BY "§dkb82VddSD§" USING \'x\';',
    "ATTACH DATABASE 'a' AS b KEY '§dkb82VddSD§';",
    "PRAGMA key = '§dkb82VddSD§';",
    "COPY x FROM 's3://a' CREDENTIALS 'aws_access_key_id=x;aws_secret_access_key=§{b40}§'",
  ])('are found in statements: %s', (text) => {
    expect(scanMarked(text)).toEqual({ missed: [], wrong: [] });
  });

  it.each([
    'user,password\njo,§dkb82VddSD§\nal,§Xkb82VddSD§',
    'user;passwort\njo;§dkb82VddSD§',
    'name,url,username,password\nx,https://x.io,jo,§dkb82VddSD§',
    '"url","username","password"\n"x.io","jo","§dkb82VddSD§"',
    '| user | password |\n|---|---|\n| jo | §dkb82VddSD§ |',
    '| Service | Login | Passwort |\n| --- | --- | --- |\n| VPN | jo | `§dkb82VddSD§` |',
    '| user | mot de passe |\n|---|---|\n| jo | §dkb82VddSD§ |',
    'id\tuser\tpw\n1\tjo\t§dkb82VddSD§',
    'email:password\njo@kranich.net:§dkb82VddSD§',
    'jo@kranich.net:§dkb82VddSD§',
    'jo@kranich.net:§sommer99x§',
    '<tr><td>Password</td><td>§dkb82VddSD§</td></tr>',
    '<th>Password</th><td>§dkb82VddSD§</td>',
    '<dt>Password</dt><dd>§dkb82VddSD§</dd>',
    '<li>Password: §dkb82VddSD§</li>',
    '<p>Password: <b>§dkb82VddSD§</b></p>',
    'Password: <code>§dkb82VddSD§</code>',
    '<td>Passwort:</td>\n  <td>§dkb82VddSD§</td>',
  ])('are found in tables and lists: %s', (text) => {
    expect(scanMarked(text)).toEqual({ missed: [], wrong: [] });
  });

  it.each([
    '{"key":"api_key","value":"§yN5muNwNroWEsgj7qHo90Hzk§"}',
    '{"name":"DB_PASSWORD","value":"§dkb82VddSD§"}',
    '{"value":"§dkb82VddSD§","name":"DB_PASSWORD"}',
    '{"Name": "DB_PASSWORD", "Value": "§dkb82VddSD§"}',
    '{"ParameterKey":"DbPassword","ParameterValue":"§dkb82VddSD§"}',
    'ParameterKey=DbPassword,ParameterValue=§dkb82VddSD§',
    '{\\"name\\":\\"DB_PASSWORD\\",\\"value\\":\\"§dkb82VddSD§\\"}',
    '- key: db_password\n  value: §dkb82VddSD§',
    '- value: §dkb82VddSD§\n  key: db_password',
    "- Key: DbPassword\n  Value: '§dkb82VddSD§'",
    '{ name = "DB_PASSWORD", value = "§dkb82VddSD§" }',
    'name = "DB_PASSWORD"\nvalue = "§dkb82VddSD§"',
    '{"id":"password","type":"STRING","content":"§dkb82VddSD§"}',
    '{"variable":"API_TOKEN","val":"§q9XwLm27vTz81KpD4aQ3§"}',
    '["DB_PASSWORD","§dkb82VddSD§"]',
    '("DB_PASSWORD", "§dkb82VddSD§")',
    '{"name":"password","default":"§dkb82VddSD§"}',
    '{"type":"password","value":"§dkb82VddSD§"}',
    '<name>DB_PASSWORD</name><value>§dkb82VddSD§</value>',
    '<name>DB_PASSWORD</name>\n  <value>§dkb82VddSD§</value>',
    '<entry><string>password</string><string>§dkb82VddSD§</string></entry>',
    'key=password value=§dkb82VddSD§',
    'setting: password, value: §dkb82VddSD§',
  ])('are found in pairs of a name and a value: %s', (text) => {
    expect(scanMarked(text)).toEqual({ missed: [], wrong: [] });
  });
});
