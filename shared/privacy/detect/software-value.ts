// Values that software writes where a secret may stand: versions, references to objects and files, rules of
// validation, expressions, and encoded templates.

import { readsAsWords } from './entropy.ts';
import { isPlaceholderSecret, isTemplate } from './placeholder-secret.ts';

const SOFTWARE: readonly RegExp[] = [
  // Modules of Go and packages of npm: `v0.0.0-20180821212333-d2e6202438be/go.mod`, `foo@^1.2.3`.
  /^v\d+\.\d+\.\d+(?:[-+][\w.+-]*)?(?:\/go\.mod)?$/,
  /^@?[a-z][\w./-]*@(?:npm:)?[~^]?\d+\.\d+/,
  // Rules of a form: `required|string|max:255`.
  /^[a-z_]+(?::[\w.,]+)?(?:\|[a-z_]+(?::[\w.,]+)?)+$/,
  // Objects of Java: `android.os.BinderProxy@2bd79ce`.
  /^(?:[a-z]\w*\.)*[A-Z]\w*@[\da-f]{4,16}(?![\da-z])/,
  // The scope of a signature: `AKID/20121226/us-east-1/sqs/aws4_request`.
  /\/\d{8}\/[\w-]+\/[\w-]+\/aws4_request/,
  // Statements without blanks: `i,a.name=b,a}return`, `),E=n.limit;`.
  /^[\w$]{1,4}[,;][\w$]+(?:\.[\w$]+)+=/,
  /^[)\]},;][,;)\]}]*[\w$.]+=/,
  // Migrations of a database: `0008_alter_user_username_max_length`.
  /^\d{4}_[a-z]+(?:_[a-z\d]+){1,12}$/,
  // Files in directories: `scripts/worktree/e2e.sh`.
  /^(?:[a-z_-]{3,}\/)+[\w.-]+\.[a-z]{1,4}$/,
];
/** The path of a setting: `redis.persistence.existingClaim`. */
const PROPERTY = /^[a-z][A-Za-z]*(?:\.[a-z][A-Za-z]*)+$/;
/** Words with a digit in such paths: `secrets.s3.accessKey`. */
const WORDS_WITH_DIGIT =
  /(?<![a-z])(?:s3|ec2|k8s|db2|x509|oauth2|http2|ipv[46]|sha\d{1,3}|base64|utf8|i18n|l10n)(?![a-z])/g;

const ENCODED = /%[\da-f]{2}/i;
/** A name for a key in camel case: `encryptionKey1024`, `injectNpm2FaToken`. */
const KEY_NAME =
  /^[a-z]{3,}(?:[A-Z][a-z]+|[A-Z]{2,5}(?=[A-Z][a-z])|\d(?=[A-Z]))*(?:Key|Token|Secret|Password|Credentials?|Id|Name|Type|Field)\d*$/;

/** Whether software wrote the value, which is no secret. */
export function isWrittenBySoftware(value: string): boolean {
  if (SOFTWARE.some((form) => form.test(value))) return true;
  const path = value.replaceAll(WORDS_WITH_DIGIT, 'word');
  if (PROPERTY.test(path)) return readsAsWords(path);
  if (!ENCODED.test(value)) return false;
  const decoded = decode(value);
  return decoded !== undefined && (isTemplate(decoded) || isPlaceholderSecret(decoded));
}

/** Whether the value is an identifier that names a key rather than a key. */
export function isIdentifierOfKey(value: string): boolean {
  return KEY_NAME.test(value);
}

/** A setting in a table of settings: `terminationGracePeriodSeconds`, `config.tlsCaCert`. */
const SETTING = /^[a-z]{2,}(?:\.[a-z][A-Za-z]*)*(?:[A-Z][a-z]+)+[A-Z]{0,4}$/;

/** Whether the value is the name of a setting in camel case, as rows of tables begin with. */
export function isSettingName(value: string): boolean {
  return SETTING.test(value);
}

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
