/**
 * Asks the service of this machine or container whether it is ready; for images without curl.
 * Exit code 0: it is. Reads the same HOST, PORT and TLS_CERT as the service.
 */
import { request as http } from 'node:http';
import { request as https } from 'node:https';

const PATIENCE = 4_000;
const { HOST = '', PORT = '', TLS_CERT = '' } = process.env;
const everywhere = ['', '0.0.0.0', '::'].includes(HOST.trim());

const ask = TLS_CERT.trim() === '' ? http : https;
const request = ask({
  host: everywhere ? '127.0.0.1' : HOST.trim(),
  port: PORT.trim() || 8000,
  path: '/readyz',
  agent: false,
  // It asks itself: the certificate is for the name that clients know.
  rejectUnauthorized: false,
  signal: AbortSignal.timeout(PATIENCE),
});
request.once('response', (response) => {
  if (response.statusCode !== 200) fail(`/readyz answers ${response.statusCode}`);
  response.resume();
});
request.once('error', (error) => fail(error.message));
request.end();

function fail(reason) {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}
