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
hover focus active visited before after first-child last-child focus-visible focus-within arg args argument original usertest nil sub str prefix suffix read write void any never object function func lambda struct self obj keiner niemand aucun nessuno ninguno nadie geen нет なし 없음
required optional key value id email password pass secret token type label field input form index page pages static assets img images public private tmp temp var opt usr local lib src dist docs doc
project projects workspace workspaces work dev development developer prod production staging stage sandbox live main master login logout signin signup register profile settings dashboard about contact help search blog news shop
from to and or not on off in is are with for the this that new old current session auth oauth basic bearer ldap sso saml saved invalid unknown valid missing already does has was will can cannot does must may data info names service-account serviceaccount x y z u
runneradmin containeradministrator defaultaccount wdagutilityaccount octocat mona hubot dependabot renovate renovate-bot ghost copilot rootless pgadmin dbowner sshuser testuser test-user test_user sampleuser demouser newuser olduser user-name`
    .split(/\s+/)
    .filter((word) => word !== ''),
);

/** Software that has users of its own in images, databases and clusters. */
const SOFTWARE = new Set(
  `activemq airflow alertmanager anchore ansible argocd artifactory asterisk bamboo bitbucket calico celery chartmuseum chef chrony cilium clickhouse
cockroach confluence concourse consul coredns couchdb dask deluge dependabot discourse django dnsmasq dovecot drone druid drupal elastic emqx envoy etcd exim
flink fluentd fluentbit flux freeswitch ghost gin gitea gogs grafana haproxy harbor hass hive homeassistant icinga influx influxdb istio jaeger jellyfin jira joomla k3s
keycloak keydb kibana kong kube kubelet kubernetes kylin laravel linkerd logstash loki magento matomo mattermost mediawiki memcached metabase minio moodle mosquitto
munin nagios named nats neo4j nextcloud nextjs nexus nifi nodered nomad ntp odoo omsagent openhab openvpn otel owncloud petclinic plex postfix presto prometheus pulsar puppet
quay radarr rails rancher renovate repl replica replication replicator rocketchat rundeck salt sentry snyk solr sonar sonarqube sonarr spring squid strapi superset symfony
synapse teamcity tekton telegraf terraform thanos timescale traefik transmission trino unifi varnish vault vitess webpack weblogic websphere wildfly wordpress xray xtrabackup yarn zabbix zipkin zookeeper zulip`.split(
    /\s+/,
  ),
);
/** Words of which the names of machine accounts consist: `kafka-client`, `test-admin`, `role1`. */
const MACHINE_WORDS = new Set(
  'account acct adapter agent auth authz bot client clients controller daemon exporter external internal job kafka manager migration migrator oauth primary proxy reader role rw ro secondary servlet srv svc ui writer'.split(
    ' ',
  ),
);
const MACHINE_NAME =
  /^(?:svc|srv|sa|service-?account|role)[-_.]|[-_.](?:dba|acct|svc|bot|daemon|srv)$|(?:agent|daemon|service|token)$/;

/** Whether every part of a name is that of software, a role or a purpose. */
function isMachine(name: string): boolean {
  if (MACHINE_NAME.test(name)) return true;
  return name.split(/[-_.]/).every((part) => {
    const word = part.replace(/\d+$/, '');
    return GENERIC.has(word) || SOFTWARE.has(word) || MACHINE_WORDS.has(word);
  });
}

export const USER_NAME = String.raw`[\p{L}_][\p{L}\p{M}\d._-]{1,31}`;
const WHOLE = new RegExp(`^${USER_NAME}$`, 'u');

/** Ids of users that services issue: `U02AB3CD4`. */
const OPAQUE = /^[UW](?=[A-Z]*\d)[A-Z\d]{8,11}$/;

/** Whether a name may be that of a person's account. */
export function isUserName(name: string): boolean {
  return (
    WHOLE.test(name) &&
    !GENERIC.has(name.toLowerCase()) &&
    !isMachine(name.toLowerCase()) &&
    !/^[._-]|[._-]$|^x{2,}$|[_-]user$|^PII_/i.test(name) &&
    !OPAQUE.test(name)
  );
}

/** Parts of expressions: `options.username`, `this.user`, `current_user`. */
const EXPRESSION =
  /_|^(?:this|self|opts?|options|config|cfg|conf|process|env|req|request|res|response|ctx|context|props|params|args|data|user|users|settings|state|event|session|account|auth|credentials|os|sys|input|payload|body|row|record|me|that|module|app|db)\.|\.[A-Z]?[a-z]+[A-Z]|\..*\.|^[a-z]+[A-Z]\w*\.|^[a-z]+\.[A-Z]|\.(?:[uU]ser|name|[uU]ser[nN]ame|login|id|email|value|get|data|new|create|build|find|first|last|all)$/;

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

/** Files beside the home directories, or pages of a site. */
export const FILES =
  /\.(?:html?|php|aspx?|jsp|[cm]?tsx?|[cm]?jsx?|vue|svelte|css|png|jpe?g|svg|json|xml|md|sh|py|rb|go|rs|java|txt|log|conf|cfg|ini|ya?ml|toml|lock|env|sql|csv|pdf|tar|t?gz|zip|deb|rpm|exe|bin|so|jar|war|img|iso)$/i;
