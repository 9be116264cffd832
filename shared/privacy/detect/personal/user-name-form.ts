// The form of the name of a user's account, and the names that belong to no person.

const GENERIC = new Set(
  `root user users username user_name admin administrator administrators guest test tester testuser demo default public shared all anonymous nobody none null undefined
daemon bin sys sync games man lp mail news uucp proxy backup list irc gnats messagebus systemd sshd syslog www www-data http apache nginx httpd caddy
postgres postgresql mysql mariadb redis mongo mongodb rabbitmq elasticsearch kafka cassandra git svn hg node nodejs npm python ruby php java go rust deno bun
app apps application web webapp api service services server worker deploy deployer deployment build builder ci cd runner runners jenkins gitlab-runner gitlab github actions travis circleci
buildkite vsts azureuser azure ec2-user aws gcp ubuntu debian centos fedora rocky alma almalinux alpine arch archlinux core opensuse suse rhel pi vagrant docker container
vscode codespace codespaces gitpod coder code jovyan linuxbrew linux mac windows macos homebrew brew steam ftp sftp ssh vpn nfs samba oracle tomcat hadoop spark airflow
me you my myself your yours yourname your-name your_name yourusername your-username your_username username1 name myname my-name myuser my-user myusername user1 user2 foo bar baz example sample placeholder someone somebody somename xxx
owner staff wheel sudo nogroup group home client customer member operator support system superuser super su sa dbo dba dbuser db_user dbadmin db database string text varchar char number int bool boolean true false
required optional key value id email password pass secret token type label field input form index page pages static assets img images public private tmp temp var opt usr local lib src dist docs doc
project projects workspace workspaces work dev development developer prod production staging stage sandbox live main master login logout signin signup register profile settings dashboard about contact help search blog news shop
from to and or not on off in is are with for the this that new old current session auth oauth basic bearer ldap sso saml saved invalid unknown valid missing already does has was will can cannot does must may data info names service-account serviceaccount x y z u
runneradmin containeradministrator defaultaccount wdagutilityaccount octocat mona hubot dependabot renovate renovate-bot ghost copilot rootless pgadmin dbowner sshuser testuser test-user test_user sampleuser demouser newuser olduser user-name`
    .split(/\s+/)
    .filter((word) => word !== ''),
);

export const USER_NAME = String.raw`[\p{L}_][\p{L}\p{M}\d._-]{1,31}`;
const WHOLE = new RegExp(`^${USER_NAME}$`, 'u');

/** Whether a name may be that of a person's account. */
export function isUserName(name: string): boolean {
  return (
    WHOLE.test(name) &&
    !GENERIC.has(name.toLowerCase()) &&
    !/^[._-]|[._-]$|^x{2,}$|[_-]user$|^PII_/i.test(name)
  );
}

/** Parts of expressions: `options.username`, `this.user`, `current_user`. */
const EXPRESSION =
  /_|^(?:this|self|opts?|options|config|cfg|conf|process|env|req|request|res|response|ctx|context|props|params|args|data|user|users|settings|state|event|session|account|auth|credentials|os|sys|input|payload|body|row|record|me|that|module|app|db)\.|\.[a-z]+[A-Z]|\..*\.|\.(?:user|name|username|login|id|email|value|get|data)$/;

/** `akoch84`, `anna.koch`: a form that words and names of services rarely have. */
export function isPersonalAccount(name: string): boolean {
  return (
    isAccountName(name) &&
    /^\p{Ll}{3,}\d{1,4}$|^\p{Ll}{2,}\.\p{Ll}{2,}\d*$/u.test(name) &&
    !/^(?:(?:test|demo|sample|example|admin|guest|dev|new|old|some|my|app|web|db|ci)?(?:user|usr|member|client|customer|account|acct|person|player|admin|guest|test|demo|item|node|host|server|worker|agent|bot|app|team|group|org|tenant|role|key|id|uid|value|param|arg|utf|sha|base|int|float|ipv|http|oauth|web|log|win|mac|linux|python|es|http|page|step|line|col|row|tab)s?)\d+$/i.test(
      name,
    ) &&
    !/\.(?:js|ts|py|go|rs|md|json|ya?ml|txt|log|sh|io|com|org|net|dev|de|app|exe|png|svg|css|html?|xml|lock|toml|conf|cfg|ini|user|name|id|login)$/i.test(
      name,
    )
  );
}

/** Whether an unquoted word is a name rather than an expression. */
export function isBareAccountName(name: string): boolean {
  return isAccountName(name) && !EXPRESSION.test(name);
}

/** In lower case, or with a digit or a dot: a title-case word may be the text of a form. */
export function isAccountName(name: string): boolean {
  return (
    isUserName(name) &&
    (/^[\p{Ll}][\p{Ll}\d._-]*$/u.test(name) || /\d$|[._]/.test(name)) &&
    !/^[A-Z_]+$/.test(name)
  );
}
