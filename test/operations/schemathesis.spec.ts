import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import { findProgram, whyNot } from '../support/scratch.js';
import { TEST_KEY } from '../support/service.js';

const PROGRAM = 'schemathesis';
const settings = fileURLToPath(new URL('schemathesis.toml', import.meta.url));

/**
 * Some thousand requests that schemathesis makes of the OpenAPI document, valid and invalid ones, the
 * same each time. Strict, since a document cannot say what is understood besides.
 */
describe.skipIf(whyNot(PROGRAM))('the running service', () => {
  const service = describeService({ STRICT: 'true' });

  it('R-565 has no findings of schemathesis', async () => {
    const { code, text } = await run([
      ...['--config-file', settings, 'run', `${service.url}/api-json`],
      ...['--header', `Authorization: Bearer ${TEST_KEY}`, '--no-color'],
    ]);
    expect(code, text).toBe(0);
    expect(text).toMatch(/Tested: (2[5-9]|[3-9]\d)/);
    expect(text).toMatch(/\d{4,} generated/);
  }, 600_000);
});

/** In a folder of its own, which it may write to; beside the service, which is in this process. */
async function run(parameters: readonly string[]) {
  const cwd = mkdtempSync(join(tmpdir(), 'schemathesis-'));
  try {
    const child = spawn(findProgram(PROGRAM) ?? PROGRAM, parameters, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
    }
    const code = await new Promise((resolve, reject) => {
      child.on('error', reject).on('close', resolve);
    });
    return { code, text };
  } finally {
    rmSync(cwd, { recursive: true });
  }
}
