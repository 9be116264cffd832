// Commands, SQL statements and lines of settings in which an option or the position tells the password. To add a
// command, add an entry.

/** Characters of a command that are inspected. */
export const REACH = 320;

/** A value in quotes, escaped or not, or up to a blank or an operator of the shell. */
export const VALUE = String.raw`(?:\\?'(?<single>[^'\\\n]{4,128})\\?'|\\?"(?<double>[^"\\\n]{4,128})\\?"|(?<bare>[^\s'"\x60|;&<>()\\,]{4,128}))`;
/** Between an option and its value; also in a list of arguments in JSON. */
const GAP = String.raw`(?:["']\s{0,4},\s{0,8}(?=["'])|[ \t=]{1,4})`;
const option = (names: string, gap = GAP): RegExp =>
  new RegExp(String.raw`(?:^|[\s"'\[,])(?:${names})${gap}${VALUE}`);

/** An argument before the password, such as the user. */
const WORD = String.raw`(?:"[^"\n]{1,64}"|'[^'\n]{1,64}'|[^\s"']{1,80})`;

/** SQL: a user and the plugin that authenticates it. */
const IDENTIFIED = ['identified by', 'identified with', 'identified via', 'identified using'];
const PLUGIN = String.raw`(?:[ \t]{1,4}['"\x60]?(?!by\b|as\b|using\b)[a-z_][\w-]{1,40}['"\x60]?[ \t]{1,4}(?:by|as|using))?(?:[ \t]{1,4}(?:password|values))?`;

export interface Command {
  /** Words of the command, in lower case. */
  readonly words: readonly string[];
  /** Searched in the rest of the command. */
  readonly pattern: RegExp;
  /** Must match what precedes the words in the command. */
  readonly before?: RegExp;
}

export const COMMANDS: readonly Command[] = [
  {
    // Credentials of Bundler for a host: user and password.
    words: ['bundle_'],
    pattern:
      /^[A-Za-z0-9_]{1,60}__[A-Za-z0-9_]{2,30}["']?\s{0,2}[:=]\s{0,2}["']?(?<bare>[^\s"':@/]{4,64}:[^\s"'@/]{4,64})/,
  },
  {
    words: ['ngrok config add-authtoken', 'ngrok authtoken'],
    pattern: new RegExp(String.raw`^[ \t]{1,4}${VALUE}`),
  },
  { words: ['sshpass'], pattern: option('-p', `(?:${GAP})?`) },
  {
    words: [
      'mysql',
      'mysqldump',
      'mysqladmin',
      'mysqlimport',
      'mysqlcheck',
      'mariadb',
      'mariadb-dump',
    ],
    pattern: option('-p', ''),
  },
  {
    words: [' login '],
    pattern: option('-p|-P|--password-value'),
    before:
      /\b(?:docker|podman|nerdctl|buildah|skopeo|crane|oras|helm registry|az(?: acr)?|oc|cf|ibmcloud|rancher|argocd)$/,
  },
  { words: ['redis-cli'], pattern: option('-a|--pass') },
  {
    words: ['mongo ', 'mongosh', 'mongodump', 'mongorestore', 'mongoexport', 'mongoimport'],
    pattern: option('-p'),
  },
  {
    words: ['ldapsearch', 'ldapadd', 'ldapmodify', 'ldapdelete', 'ldapwhoami', 'ldappasswd'],
    pattern: option('-w|-s'),
  },
  {
    words: ['sqlcmd', 'bcp ', 'mosquitto_pub', 'mosquitto_sub', 'zip ', 'unzip ', 'plink'],
    pattern: option('-P|-pw'),
  },
  { words: ['7z ', '7za ', 'rar ', 'unrar '], pattern: option('-p|-hp', '') },
  { words: ['xfreerdp', 'rdesktop'], pattern: option(String.raw`/p:|-p[ \t]`, '') },
  {
    words: ['openssl'],
    pattern: new RegExp(
      String.raw`[ \t"']-?pass(?:in|out)?["']?[ \t,]{1,4}["']?pass:${VALUE}|[ \t]-(?:k|K)[ \t]{1,4}${VALUE.replaceAll('?<', '?<k')}`,
    ),
  },
  {
    words: ['keytool', 'jarsigner', 'apksigner'],
    pattern: option('-storepass|-keypass|-srcstorepass|-deststorepass'),
  },
  {
    words: ['smbclient', 'rpcclient', 'smbmap', 'wmic'],
    pattern: new RegExp(String.raw`-U[ \t]{0,4}["']?[^\s"'%]{1,64}%${VALUE}`),
  },
  {
    words: ['htpasswd'],
    pattern: new RegExp(
      String.raw`^[ \t]{1,4}-\w{0,6}b\w{0,6}[ \t]{1,4}[^\s]{1,128}[ \t]{1,4}[^\s]{1,64}[ \t]{1,4}${VALUE}`,
    ),
  },
  {
    words: ['net user', 'net use'],
    pattern: new RegExp(
      String.raw`^[ \t]{1,4}(?:[^\s]{1,80}[ \t]{1,4}){0,2}(?=[^\s/]{0,127}\d)${VALUE}[ \t]{1,4}/(?:add|user|active|expires)`,
    ),
  },
  {
    words: ['net use'],
    pattern: new RegExp(String.raw`[ \t]/user:[^\s]{1,64}[ \t]{1,4}${VALUE}`),
  },
  {
    // Oracle: user, password and database.
    words: ['sqlplus', 'sqlldr', 'expdp', 'impdp'],
    pattern: /[ \t][\w$#]{1,30}\/"?(?<bare>[^\s'"@/]{4,64})"?(?=@|\s|$)/,
  },
  {
    words: ['securestring'],
    pattern: new RegExp(
      String.raw`^(?:[ \t]{1,4}-(?:string|asplaintext|force)){0,3}[ \t]{1,4}${VALUE}`,
      'i',
    ),
  },
  {
    words: IDENTIFIED,
    pattern: new RegExp(String.raw`^${PLUGIN}[ \t]{1,4}(?=\\?['"])${VALUE}`, 'i'),
  },
  {
    words: ['identified by'],
    pattern: new RegExp(String.raw`^${PLUGIN}[ \t]{1,4}(?=[^\s'"]{0,127}\d)${VALUE}`, 'i'),
    before: /\b(?:create|alter|grant)\b/i,
  },
  {
    words: ['with password', 'login password', 'encrypted password', 'set password'],
    pattern: new RegExp(
      String.raw`^(?:[ \t]{1,4}for[ \t]{1,4}[^\s=]{1,80})?[ \t]{0,4}=?[ \t]{0,4}(?:password\()?[nN]?(?=['"]|[^\s'"]{0,127}\d)${VALUE}`,
      'i',
    ),
    before: /\b(?:user|role|login|database|alter|create|group|server)\b/i,
  },
  {
    words: ['rabbitmqctl'],
    pattern: new RegExp(
      String.raw`^[ \t]{1,4}(?:add_user|change_password|authenticate_user)[ \t]{1,4}${WORD}[ \t]{1,4}${VALUE}`,
    ),
  },
  { words: ['mysqladmin'], pattern: new RegExp(String.raw`[ \t]password[ \t]{1,4}${VALUE}`) },
  {
    words: [
      'twine',
      'rabbitmqadmin',
      'cqlsh',
      'psexec',
      'hydra',
      'medusa',
      'crackmapexec',
      'netexec',
      'nxc',
      'evil-winrm',
      'ncftpput',
      'ncftpget',
      'ncftp',
      'certutil',
      'pscp',
      'useradd',
      'winexe',
      'vncdo',
      'ibmcloud login',
      'mongostat',
      'arangosh',
      'cypher-shell',
      'couchbase-cli',
      'security unlock-keychain',
      'security import',
    ],
    pattern: option('-p|-P|-pw'),
  },
  { words: ['snowsql', 'ipmitool', 'psftp'], pattern: option('-P|-pw') },
  { words: ['security add-', 'security set-'], pattern: option('-w|-p') },
  { words: ['ssh-keygen'], pattern: option('-N') },
  { words: ['ssh-keygen'], pattern: option('-P') },
  { words: ['snmpwalk', 'snmpget', 'snmpset', 'snmpbulkwalk'], pattern: option('-A') },
  { words: ['snmpwalk', 'snmpget', 'snmpset', 'snmpbulkwalk'], pattern: option('-X') },
  { words: ['signtool', 'schtasks', 'psexec'], pattern: option('/p|/rp|-p') },
  {
    words: ['lftp', 'open -u'],
    pattern: new RegExp(String.raw`(?:-u)?[ \t]{1,4}${WORD},${VALUE}`),
  },
  { words: ['pdftk', 'qpdf'], pattern: option('input_pw|owner_pw|user_pw') },
  {
    words: ['gh secret set', 'az keyvault secret set'],
    pattern: option('--body|-b|--value', '[ \\t=]{0,4}'),
  },
  {
    words: ['consul kv put', 'etcdctl put', 'ssm put-parameter'],
    pattern: new RegExp(
      String.raw`^[ \t]{1,4}[\w/.-]{0,80}(?:pass|pw|secret|token|key)\w{0,12}[ \t]{1,4}${VALUE}`,
      'i',
    ),
  },
  {
    words: ['wpa_passphrase'],
    pattern: new RegExp(String.raw`^[ \t]{1,4}${WORD}[ \t]{1,4}${VALUE}`),
  },
  {
    words: ['nmcli'],
    pattern: new RegExp(
      String.raw`[ \t](?:password|[\w-]{0,24}\.psk|[\w-]{0,24}\.password)[ \t]{1,4}${VALUE}`,
    ),
  },
  {
    words: ['mc alias set', 'mc config host add'],
    pattern: new RegExp(
      String.raw`^[ \t]{1,4}${WORD}[ \t]{1,4}${WORD}[ \t]{1,4}${WORD}[ \t]{1,4}${VALUE}`,
    ),
  },
  {
    words: [
      'rclone config create',
      'rclone config update',
      'rclone config password',
      'rclone obscure',
    ],
    pattern: new RegExp(
      String.raw`(?:[ \t](?:pass|password|token|secret_access_key)[ \t=]{1,4}|^[ \t]{1,4}(?=\S{1,128}$))${VALUE}`,
    ),
  },
  {
    // Impacket: domain, user, password and host.
    words: [
      'impacket-',
      'secretsdump',
      'wmiexec',
      'smbexec',
      'psexec.py',
      'getuserspns',
      'getnpusers',
    ],
    pattern: new RegExp(
      String.raw`[ \t]["']?[\w.-]{1,64}/[\w.$-]{1,64}:${VALUE.replace('[^\\s', '[^@\\s')}["']?@`,
    ),
  },
  {
    words: ['jenkins-cli', 'etcdctl', 'influx', 'couchdb', 'nexus'],
    pattern: new RegExp(
      String.raw`[ \t]--?(?:auth|user|user-pass)[ \t=]{1,4}["']?[\w.@-]{1,64}:${VALUE}`,
    ),
  },
  {
    words: ['sp_addlogin', 'sp_password'],
    pattern: new RegExp(
      String.raw`^[ \t]{1,4}(?:@\w{1,24}[ \t]?=[ \t]?)?[nN]?'[^']{1,64}',[ \t]{0,4}(?:@\w{1,24}[ \t]?=[ \t]?)?[nN]?(?=')${VALUE}`,
    ),
  },
  {
    words: ['pragma key', 'pragma rekey', 'pragma hexkey'],
    pattern: new RegExp(String.raw`^[ \t]{0,4}=[ \t]{0,4}(?=["'])${VALUE}`),
  },
  {
    words: ['attach database'],
    pattern: new RegExp(String.raw`[ \t]key[ \t]{1,4}(?=["'])${VALUE}`, 'i'),
  },
  {
    words: ['jdbc:oracle:thin:', 'jdbc:oracle:oci:', 'jdbc:oracle:oci8:'],
    pattern: /^[\w$#.-]{1,30}\/"?(?<bare>[^\s'"@/]{4,64})"?(?=@)/,
  },
  {
    // Settings without a sign of assignment, at the beginning of a line.
    words: [
      'requirepass',
      'masterauth',
      'rootpw',
      'wpa-psk',
      'enable password',
      'enable secret',
      'pre-shared-key',
      'snmp-server community',
      'auth ',
    ],
    pattern: new RegExp(
      String.raw`^(?:[ \t](?:--plaintext|ascii-text|0|5|7))?[ \t]{1,4}(?=["']|[^\s"'=:]{0,63}\d)${VALUE}\\?["']?[ \t]{0,4}(?:R[OW]\b|$)`,
    ),
    before: /^[ \t]{0,8}$|^config set $|^set [a-z ]{1,40}$/i,
  },
  {
    words: ['password ', 'secret '],
    pattern: new RegExp(
      String.raw`^(?:[057][ \t]{1,4})?(?=["']|[^\s"'=:]{0,63}\d)${VALUE}\\?["']?[ \t]{0,4}$`,
    ),
    before: /^[ \t]{0,8}user(?:name)? [^\s]{1,64} (?:privilege \d{1,2} )?$/,
  },
];
