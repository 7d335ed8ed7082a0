import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls, { connect, type SecureVersion } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendRaw } from '../support/raw.js';
import type { Resource } from '../support/scim.js';
import { type Service, startService, TEST_KEY } from '../support/service.js';

/** Ciphers and key sizes of any age: a refusal has to be the server's, not our own. */
const ANY_CIPHER = 'ALL:@SECLEVEL=0';

let folder: string;
let service: Service;
let certificate: string;
const oldest = tls.DEFAULT_MIN_VERSION;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tls-'));
  const key = join(folder, 'key.pem');
  const cert = join(folder, 'cert.pem');
  execFileSync(
    'openssl',
    `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost
     -addext subjectAltName=IP:127.0.0.1 -keyout ${key} -out ${cert}`.split(/\s+/),
    { stdio: 'ignore' },
  );
  certificate = readFileSync(cert, 'utf8');
  // As `node --tls-min-v1.0` would: the service must not depend on how Node was started.
  tls.DEFAULT_MIN_VERSION = 'TLSv1';
  service = await startService({ TLS_CERT: cert, TLS_KEY: key });
});
afterAll(async () => {
  tls.DEFAULT_MIN_VERSION = oldest;
  await service.close();
  rmSync(folder, { recursive: true });
});

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

function send(method: string, path: string, body?: object): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${service.url}${path}`,
      {
        method,
        ca: certificate,
        headers: { Authorization: `Bearer ${TEST_KEY}`, 'Content-Type': 'application/scim+json' },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** The protocol that a handshake with exactly this version ends in, or the code of its failure. */
function handshake(version: SecureVersion, ciphers = ANY_CIPHER): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(
      {
        host: '127.0.0.1',
        port: Number(new URL(service.url).port),
        ca: certificate,
        minVersion: version,
        maxVersion: version,
        ...(version === 'TLSv1.3' ? {} : { ciphers }),
      },
      () => {
        resolve(socket.getProtocol() ?? 'none');
        socket.destroy();
      },
    );
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

describe('HTTPS', () => {
  it('R-456 TLS 1.2 comes with forward secrecy and authenticated encryption only', async () => {
    const only = (names: string) => handshake('TLSv1.2', `${names}:@SECLEVEL=0`);
    expect(await only('ECDHE-ECDSA-AES128-GCM-SHA256')).toBe('TLSv1.2');
    // CBC with the same key exchange, which this certificate could do.
    expect(await only('ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA')).not.toBe('TLSv1.2');
    expect(await only('AES128-GCM-SHA256:AES256-SHA')).not.toBe('TLSv1.2');
  });

  it('R-022 TLS 1.2 and 1.3 are accepted', async () => {
    expect(await handshake('TLSv1.2')).toBe('TLSv1.2');
    expect(await handshake('TLSv1.3')).toBe('TLSv1.3');
  });

  it('R-022 TLS 1.0 and 1.1 are refused by the server, whatever Node was told', async () => {
    for (const version of ['TLSv1', 'TLSv1.1'] as const) {
      // The alert of the other side, RFC 8446 §6: protocol_version.
      expect(await handshake(version)).toMatch(/ALERT_PROTOCOL_VERSION/);
    }
  });

  it('R-021 plain HTTP on the same port gets no data', async () => {
    const answer = await sendRaw(
      service.url.replace('https', 'http'),
      `GET /Users HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer ${TEST_KEY}\r\n\r\n`,
    ).catch(() => '');
    expect(answer).not.toContain('ListResponse');
    expect(answer).not.toMatch(/^HTTP\/1\.1 2/);
    await expect(fetch(service.url.replace('https', 'http'))).rejects.toThrow();
  });

  it('serves, says https in its locations, and asks for HTTPS from now on', async () => {
    const made = await send('POST', '/Users', { userName: 'tls' });
    expect(made.status).toBe(201);
    const { id, meta } = JSON.parse(made.text) as Resource;
    expect(meta.location).toBe(`${service.url}/Users/${id}`);
    expect(made.headers.location).toBe(meta.location);
    expect(meta.location).toMatch(/^https:/);
    expect((await send('GET', `/Users/${id}`)).status).toBe(200);
    expect(made.headers['strict-transport-security']).toMatch(/max-age=\d{6,}/);
  });
});
