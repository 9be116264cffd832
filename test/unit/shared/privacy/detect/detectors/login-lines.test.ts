import { describeDetector } from '../../../../../kit/find-with.ts';
import {
  connectionString,
  netrcPassword,
  pgpassLine,
  shadowLine,
} from '../../../../../../shared/privacy/detect/detectors/login-lines.ts';

describeDetector('passwords in connection strings', [connectionString], {
  finds: [
    'host=db.internal user=app password=«hunter2» port=5432',
    'password=«hunter2» host=db',
    'user=app password=«correcthorse»',
    "host=db user=app password='«it\\'s a secret 1»' dbname=shop",
    'host = db user = app password = «s3cr3t!x» dbname = shop',
    'conninfo = "host=localhost connect_timeout=10 password=«s3cr3t»"',
    'psycopg.connect("host=db password=«s3cr3t»")',
    'Server=tcp:db,1433;Database=shop;User Id=sa;Password=«Pa55!»;Encrypt=true',
    'Data Source=db;Initial Catalog=shop;Uid=sa;Pwd=«hunter2»',
    'DSN host=db\\nuser=app password=«hunter2»\\nport=5432',
  ],
  ignores: [
    'connect(host=host, user=user, password=password, port=port)',
    'connect(host=db, password=get_password())',
    'host=db user=app password=${DB_PASSWORD} port=5432',
    'host=db user=app password=changeme',
    'host=db user=app password=$PGPASSWORD',
    'password=hunter2 alone is no connection string',
    'host=db\npassword is asked for',
    'host=db reset_password=hunter2x',
  ],
});

describeDetector('lines of .pgpass', [pgpassLine], {
  finds: [
    'db.internal:5432:shop:app:«hunter2»',
    '*:*:*:app:«hunter2»',
    'localhost:5432:*:postgres:«s3cr3t!»',
    "echo 'db:6432:shop:app:«hunter2»' >> ~/.pgpass",
    '# comment\n10.0.0.5:5432:shop:app:«pa\\:ss\\\\word1»\n',
    '\\:\\:1:5432:shop:app:«hunter2»',
  ],
  ignores: [
    'hostname:port:database:username:password',
    'db.internal:5432:shop:app:password',
    'src/main.c:12:5:error:expected',
    'fe80:1234:abcd:ef01:2345',
    '12:30:45:10:2024',
    'db:5432:shop:app:$PGPASSWORD',
    'urn:1234:isbn:book:',
  ],
});

describeDetector('passwords of netrc', [netrcPassword], {
  finds: [
    'machine api.corp.io login jo password «hunter2»',
    'machine api.corp.io\n  login jo\n  password «hunter2»\n',
    'machine api.corp.io password «hunter2» login jo',
    'machine api.corp.io login jo account dev password «hunter2»',
    'default login jo password «hunter2»',
    'machine a.io login jo passwd "«two words»"',
    'printf "machine api.corp.io\\nlogin jo\\npassword «hunter2»\\n"',
  ],
  ignores: [
    'the machine x password is long',
    'machine api.corp.io login jo password your-password',
    'machine api.corp.io login jo password $TOKEN',
    'a default password hunter2',
    'log in to the machine with login and password',
  ],
});

const OLD_HASH = ['ab12CDef', '34GHi'].join('');

describeDetector('lines of /etc/shadow', [shadowLine], {
  finds: [
    `root:«${OLD_HASH}»:19000:0:99999:7:::`,
    `root:x:0:0::/root:/bin/sh\njo:«!${OLD_HASH}»:19000:0:99999:7:::`,
  ],
  ignores: ['daemon:*:19000:0:99999:7:::', 'bin:!!:19000:0:99999:7:::', 'jo:x:1000:0:99999:7:::'],
});
