import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { create, patchOf } from '../support/scim.js';
import { removeFolder, scratchFolder, whyNot } from '../support/scratch.js';
import { startService } from '../support/service.js';
import { TEST_STORES } from '../support/stores/list.js';

const STORES = TEST_STORES.filter(({ name }) => ['ldap', 'jumpcloud', 'scim'].includes(name));
const PASSWORDS = ['Tr0ub4dor-and-3-horses', 'C0rrect-horse-battery-4'] as const;

describe.each(STORES)('R-499 a password that is passed on to $name', (kind) => {
  it.skipIf(whyNot(...kind.programs) !== undefined)(
    'is in no file of ours, and in no line of the log',
    async () => {
      const store = await kind.start();
      const DATA_PATH = scratchFolder('scim-passed-');
      // Nobody is there: every event waits in the journal.
      const service = await startService({
        ...store.env,
        DATA_PATH,
        PASSWORDS: 'pass',
        AMQP: 'amqp://127.0.0.1:1',
        AUDIT_PATH: join(DATA_PATH, 'audit.log'),
      });
      try {
        const [first, second] = PASSWORDS;
        const { id } = await create(service, '/Users', { userName: 'passed', password: first });
        const change = patchOf({ op: 'replace', path: 'password', value: second });
        expect((await service.request('PATCH', `/Users/${id}`, change)).status).toBe(200);
        const kept = files(DATA_PATH).map((file) => readFileSync(file, 'utf8'));
        expect(kept.some((text) => text.includes('passed'))).toBe(true);
        const text = kept.join('') + JSON.stringify(service.log);
        for (const password of PASSWORDS) expect(text).not.toContain(password);
      } finally {
        await service.close();
        removeFolder(DATA_PATH);
        await store.remove();
      }
    },
  );
});

function files(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}
