// What stands in the field of a town and is none: words for a town, types, and identifiers in camel case.

const NO_TOWN =
  /\b(?:string|name|city|town|ort|stadt|ville|node|server|cluster|host|field|value|example)\b|^(?:location|locality|wohnort|ciudad|città|comune|cidade|localidade|stad|plaats|miasto|miejscowość|by|kommune|kaupunki|mesto|město|grad|oraș|város|πόλη|город|місто|град|şehir|kota|thành phố|市|市区町村|都市|城市|도시|시|مدينة|المدينة|شهر|עיר|עִיר|शहर|শহর|เมือง|region|state|country|zone|key|type|column|object|item|default|unknown|required|optional|online|none|null|any|all|pflichtfeld|obligatoire|obligatorio)$/iu;
const CAMEL_CASE = /\p{Ll}{2}\p{Lu}\p{Ll}/u;

export function isNoTown(value: string): boolean {
  return NO_TOWN.test(value) || CAMEL_CASE.test(value);
}
