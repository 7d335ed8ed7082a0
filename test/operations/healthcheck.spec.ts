import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BackendError, MemoryBackend } from '#backend';
import { startService } from '../support/service.js';

const SCRIPT = join(import.meta.dirname, '../../scripts/healthcheck.mjs');

/** Exit code and complaint of the image's health check. */
async function check(env: Readonly<Record<string, string>>): Promise<[unknown, string]> {
  const child = spawn(process.execPath, [SCRIPT], { env });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    complaint += chunk;
  });
  const [code] = await once(child, 'close');
  return [code, complaint];
}

describe("the image's health check", () => {
  it('R-505 asks the service at its own HOST and PORT', async () => {
    const service = await startService();
    const { port } = new URL(service.url);
    try {
      for (const HOST of ['', '0.0.0.0', '127.0.0.1']) {
        expect(await check({ HOST, PORT: port }), HOST).toEqual([0, '']);
      }
    } finally {
      await service.close();
    }
    expect(await check({ PORT: port })).toEqual([1, expect.stringContaining('ECONNREFUSED')]);
  });

  it('R-505 over HTTPS, whatever names the certificate has', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'healthcheck-'));
    const [TLS_CERT, TLS_KEY] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const subject =
      '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=scim.example';
    const files = ['-keyout', TLS_KEY, '-out', TLS_CERT];
    execFileSync('openssl', ['req', '-x509', ...subject.split(' '), ...files], { stdio: 'ignore' });
    const service = await startService({ TLS_CERT, TLS_KEY });
    try {
      const { port } = new URL(service.url);
      expect(await check({ PORT: port, TLS_CERT })).toEqual([0, '']);
    } finally {
      await service.close();
      rmSync(folder, { recursive: true });
    }
  });

  it('R-505 fails while the service is not ready', async () => {
    const ping = () => Promise.reject(new BackendError('unavailable', 'gone'));
    const service = await startService({}, async (types) =>
      Object.assign(new MemoryBackend(types), { ping }),
    );
    try {
      const { port } = new URL(service.url);
      expect(await check({ PORT: port })).toEqual([1, '/readyz answers 503\n']);
    } finally {
      await service.close();
    }
  });
});
