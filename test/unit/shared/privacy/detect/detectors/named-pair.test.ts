import { describe, expect, it } from 'vitest';
import {
  namedElement,
  namedPair,
} from '../../../../../../shared/privacy/detect/detectors/named-pair.ts';
import { fakeKey } from '../../../../../kit/fake-key.ts';
import { secretsIn } from '../../../../../kit/find-secret.ts';

const DETECTORS = [namedPair, namedElement];
const key = fakeKey('{w32}');

describe('a pair of a name and a value', () => {
  it.each([
    '- name: DB_PASSWORD\n  value: hunter22',
    "- name: 'DB_PASSWORD'\n  value: 'hunter22'",
    'env:\n- name: DB_PASSWORD\n  value: "hunter22"\n- name: PORT\n  value: "8080abc1"',
    'env:\\n- name: DB_PASSWORD\\n  value: hunter22\\n',
    '{"name":"DB_PASSWORD","value":"hunter22"}',
    '{ "name" : "DB_PASSWORD" , "value" : "hunter22" }',
    '{\\"name\\":\\"DB_PASSWORD\\",\\"value\\":\\"hunter22\\"}',
    '{"value":"hunter22","name":"DB_PASSWORD"}',
    '{"Key":"Password","Type":"String","Value":"hunter22"}',
    '[{"name":"USER","value":"jolee123"},{"name":"DB_PASSWORD","value":"hunter22"}]',
    'set { name = "db.password" value = "hunter22" }',
    'set {\n  name  = "db.password"\n  value = "hunter22"\n}',
    '<entry name="db.password" value="hunter22"/>',
    '<add key="Password" value="hunter22" />',
    "<param name='password' type='x' value='hunter22'/>",
    '<name>db.password</name>\n<value>hunter22</value>',
    '<property name="password">hunter22</property>',
    '<key>Password</key>\n\t<string>hunter22</string>',
    "aws ssm put-parameter --name /prod/db/password --value 'hunter22' --type SecureString",
    'ParameterKey=DBPassword,ParameterValue=hunter22',
    '- name: contraseña\n  value: hunter22',
  ])('finds the value in %s', (text) => {
    expect(secretsIn(DETECTORS, text)).toEqual(['GENERIC_SECRET hunter22']);
  });

  it.each(['{"key":"api_key","value":"KEY"}', '- name: API_TOKEN\n  value: "KEY"'])(
    'finds a key in %s',
    (text) => {
      expect(secretsIn(DETECTORS, text.replace('KEY', key))).toEqual([`GENERIC_SECRET ${key}`]);
    },
  );

  it.each([
    '- name: USER\n  value: hunter22',
    '{"name":"DB_PASSWORD","value":"changeme"}',
    '{"name":"DB_PASSWORD","value":"${DB_PASSWORD_1}"}',
    '{"name":"DB_PASSWORD","valueFrom":"arn:aws:secret1"}',
    '{"name":"DB_PASSWORD"},{"name":"USER","value":"hunter22"}',
    '{"name":"USER","value":"hunter22"},{"name":"DB_PASSWORD","valueFrom":"x"}',
    '{"name":"API_TOKEN","value":"hunter22"}',
    '{"name":"password_length","value":"hunter22"}',
    '<input name="password" type="text" value="">',
    '<property name="username">hunter22</property>',
    '<key>Username</key><string>hunter22</string>',
    'const value = "hunter22"; // the name is not password',
    'Object.entries(x).map(({ name, value }) => [name, value2])',
    'the default value is hunter22',
  ])('finds nothing in %s', (text) => {
    expect(secretsIn(DETECTORS, text)).toEqual([]);
  });
});
