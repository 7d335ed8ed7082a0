import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startProcess } from '../support/process.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'long-running-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = (name: string) => join(folder, name);

function certify(name: string): void {
  const files = ['-keyout', path('key.pem'), '-out', path('cert.pem')];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', ...kind, '-days', '2', '-subj', `/CN=${name}`, ...files], {
    stdio: 'ignore',
  });
}

/** Status of a request with a key, and the name in the certificate that it was answered with. */
function ask(url: string, key: string): Promise<readonly [number | undefined, unknown]> {
  const headers = { Authorization: `Bearer ${key}` };
  return new Promise((resolve, reject) => {
    // A connection of its own: it shakes hands anew. What the certificate says is looked at here.
    get(`${url}/Users`, { agent: false, rejectUnauthorized: false, headers }, (answer) => {
      const { socket } = answer;
      const name = socket instanceof TLSSocket ? socket.getPeerCertificate().subject.CN : undefined;
      answer.resume().once('end', () => resolve([answer.statusCode, name]));
    }).once('error', reject);
  });
}

it('R-480 SIGHUP reads keys and certificates again; what is broken stays as it was', {
  timeout: 60_000,
}, async () => {
  certify('old.example.org');
  writeFileSync(path('keys'), 'the-old-key-of-the-test');
  const service = startProcess({
    HOST: '127.0.0.1',
    PORT: '0',
    API_KEY_FILE: path('keys'),
    TLS_CERT: path('cert.pem'),
    TLS_KEY: path('key.pem'),
    DATA_PATH: path('data'),
  });
  const url = await service.listening();
  const told = (message: string) =>
    expect.poll(() => service.output().stdout, { timeout: 20_000 }).toContain(message);
  expect(await ask(url, 'the-old-key-of-the-test')).toEqual([200, 'old.example.org']);
  certify('new.example.org');
  writeFileSync(path('keys'), 'the-new-key-of-the-test');
  service.child.kill('SIGHUP');
  await told('the certificate was read again');
  expect(await ask(url, 'the-new-key-of-the-test')).toEqual([200, 'new.example.org']);
  expect(await ask(url, 'the-old-key-of-the-test')).toEqual([401, 'new.example.org']);
  writeFileSync(path('cert.pem'), 'broken');
  service.child.kill('SIGHUP');
  await told('the certificate could not be read again, the old one stays');
  expect(await ask(url, 'the-new-key-of-the-test')).toEqual([200, 'new.example.org']);
  service.child.kill('SIGTERM');
  expect(await service.ended()).toBe(0);
});

it('R-481 a copy of a data folder starts beside the original, with what it had', {
  timeout: 60_000,
}, async () => {
  const key = 'the-key-of-the-copies';
  const serve = (DATA_PATH: string) =>
    startProcess({ HOST: '127.0.0.1', PORT: '0', API_KEY: key, DATA_PATH });
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/scim+json' };
  const original = serve(path('original'));
  const url = await original.listening();
  const body = JSON.stringify({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName: 'jane',
  });
  const { id } = (await (
    await fetch(`${url}/Users`, { method: 'POST', headers, body })
  ).json()) as {
    id: string;
  };
  cpSync(path('original'), path('copy'), { recursive: true });
  const copy = serve(path('copy'));
  const other = await copy.listening();
  expect((await fetch(`${other}/Users/${id}`, { headers })).status).toBe(200);
  await fetch(`${other}/Users/${id}`, { method: 'DELETE', headers });
  expect((await fetch(`${url}/Users/${id}`, { headers })).status).toBe(200);
  for (const { child, ended } of [copy, original]) {
    child.kill('SIGTERM');
    expect(await ended()).toBe(0);
  }
});
