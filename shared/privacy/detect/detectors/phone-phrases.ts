// Phrases before a telephone number in a sentence: `call me at`, `not answering at`, `her number is`.
// A weak one needs a number in groups, or one with a prefix.

const PEOPLE = 'me,us,him,her,them,you,back'.split(',');
const VERBS = 'call,ring,phone,telephone,text,dial,message,sms,whatsapp,fax,reach,contact'.split(
  ',',
);
const REQUESTS = 'can,could,please,may,should'.split(',');
const WEAK_REQUESTS = 'will,just,or,to,and,then'.split(',');
const CALLS = 'call,ring,phone,text,dial,fax,whatsapp'.split(',');
const OWNERS = 'my,his,her,their,our'.split(',');
const NUMBERS =
  'cell,cellphone,mobile,phone,telephone,fax,home,work,office,direct,private,personal,contact,daytime,' +
  'evening,emergency,callback,alternate,alternative,best,toll free,customer service,support';

export const PHONE_PHRASES: readonly string[] = [
  ...REQUESTS.flatMap((request) => CALLS.map((verb) => `${request} ${verb}`)),
  ...VERBS.flatMap((verb) => PEOPLE.map((person) => `${verb} ${person}`)),
  ...NUMBERS.split(',').map((kind) => `${kind} number`),
  ...OWNERS.flatMap((owner) => [`${owner} number`, `${owner} registered`]),
  ...(
    'answering at,answering on,answering the phone at,messages to,messages from,message to,texts to,' +
    'texts from,sms from,calls from,called from,missed call from,fax it to,voicemail,voice mail,' +
    'answering machine,caller id showed,caller id shows,please call,please dial,please ring,reachable,' +
    'reached at,get hold of me,registered mobile,registered phone,' +
    // German, Dutch, Nordic
    'erreichbar,erreichen sie mich,erreichen sie uns,erreichen mich,erreichen uns,erreichst mich,mich unter,uns unter,erreichst du mich,ruf mich,rufen sie mich,rufen sie uns,' +
    'ruf mal,meine nummer,seine nummer,ihre nummer,neue nummer,private nummer,sms an,anruf von,anrufe von,' +
    'bereikbaar,bel me,bel mij,bel ons,mijn nummer,nå mig,nå meg,ring meg,ring mig,mitt nummer,mit nummer,' +
    'træffes,tavoitat minut,numeroni,' +
    // Romance
    'appelez moi,appelle moi,appelez nous,appelez le,appeler le,joignable,joindre,me joindre,rappeler,mon numéro,' +
    'son numéro,votre numéro,ligne directe,llámame,llámeme,llámenos,llamar al,llame al,mi número,su número,' +
    'chiamami,chiamare il,chiamateci,mio numero,suo numero,raggiungibile,me liga,me ligue,ligue para,ligar para,' +
    'meu número,seu número,sună mă,numărul meu,' +
    // Slavic, Turkish and others
    'zadzwoń,zadzwonić,mój numer,zavolejte,volejte,moje číslo,по телефону,по номеру,позвоните,звоните,позвони,мой номер,ваш номер,' +
    'дзвоніть,мій номер,beni ara,beni arayın,numaram,hívjon,a számom,τηλεφώνησε,το νούμερό μου,' +
    '打给我,联系我,我的号码,私の番号,내 번호,제 번호,رقمي,اتصل بي,اتصل على,המספר שלי,' +
    'hubungi saya,nomor saya,gọi cho tôi,số của tôi'
  ).split(','),
];

export const WEAK_PHONE_PHRASES: readonly string[] = [
  ...WEAK_REQUESTS.flatMap((request) => CALLS.map((verb) => `${request} ${verb}`)),
  ...(
    'call at,call on,called,calls to,call from,call to,tried,dialled,dialed,ring,phoning,ringing,registered,' +
    'your number,new number,old number,other number,this number,that number,the number,following number,' +
    'reach,faxed to,texted,sent to,appelez,appeler,llamar,llame,chiamare,chiami,anrufen,rufen,nummer,bel,bellen,' +
    'zadzwonić,kontakt,numer,номер,звонить'
  ).split(','),
];
