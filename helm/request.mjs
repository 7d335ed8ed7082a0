// What `helm test` asks: is the service ready, does it say what it is, and does the key open it?
const { URL_ORIGIN, BASE_PATH = '', API_KEY = '' } = process.env;
const key = API_KEY.split(',')[0].trim();

async function ask(path, headers = {}) {
  const response = await fetch(`${URL_ORIGIN}${path}`, {
    headers,
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  console.log(`${path} answers ${response.status}`);
  if (response.status !== 200) throw new Error(text);
  return JSON.parse(text);
}

await ask('/readyz');
const headers = key === '' ? {} : { Authorization: `Bearer ${key}` };
if (key === '') {
  console.log('There is no API_KEY in the Secret: no list is asked for.');
} else {
  await ask(`${BASE_PATH}/ServiceProviderConfig`, headers);
  const { totalResults } = await ask(`${BASE_PATH}/Users?count=1`, headers);
  console.log(`The key opens the service, which has ${totalResults} users.`);
}
