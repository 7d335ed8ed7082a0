import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../apps/scimctl/src/place/environment.js';
import { openPlace } from '../../apps/scimctl/src/place/place.js';
import { Desk, scimctl, scimctlProcess } from '../support/scimctl.js';
import { freePort, removeFolder } from '../support/scratch.js';

const COMMANDS = [
  'doctor',
  'export',
  'import',
  'copy',
  'diff',
  'load',
  'key new',
  'filter explain',
  'tenant list',
  'tenant remove',
];

describe('the frame of scimctl', () => {
  const desk = new Desk();
  afterAll(() => removeFolder(desk.folder));

  it.each(COMMANDS)('R-530: %s --help has examples', async (command) => {
    const { code, stdout } = await scimctl(...command.split(' '), '--help');
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: scimctl ${command}`);
    expect(stdout).toMatch(/Examples:\n.*scimctl/);
  });

  it('R-530: the process ends with the codes that help lists', async () => {
    const help = await scimctl('--help');
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('Exit codes:') });
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    const { ended } = scimctlProcess(['--version']);
    expect(await ended()).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
    expect((await scimctl('exprot')).code).toBe(2);
    expect((await scimctl('import')).code).toBe(2);
    expect((await scimctl('--env', desk.path('missing.env'), 'export')).code).toBe(2);
  });

  it('R-530: a wrong configuration is told by every variable, in JSON too', async () => {
    const wrong = desk.environment('wrong', { PAGE_SIZE: 'many', STRICT: 'perhaps' });
    const { code, stderr } = await scimctl('--env', wrong, '--json', 'export');
    const { error } = JSON.parse(stderr);
    expect([code, error.code]).toEqual([2, 'configuration']);
    expect(error.message).toMatch(/PAGE_SIZE[\s\S]*STRICT|STRICT[\s\S]*PAGE_SIZE/);
    const tenant = await scimctl(
      '--env',
      desk.environment('plain', {}),
      '--tenant',
      'acme',
      'export',
    );
    expect(tenant).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There are: default'),
    });
  });

  it('R-530: a store that is away is another exit code: run it again', async () => {
    const url = `mongodb://127.0.0.1:${await freePort()}/?serverSelectionTimeoutMS=500`;
    const away = desk.environment('away', { MONGO_DB: url });
    const { code, stderr } = await scimctl('--env', away, 'export');
    expect(stderr).toContain('scimctl:');
    expect(code).toBe(3);
  });

  it('R-540: what is imported is announced where a broker is configured, unless --no-events', async () => {
    const AMQP = `amqp://127.0.0.1:${await freePort()}`;
    const pending = async (name: string, ...args: string[]) => {
      const url = `sqlite:///${desk.path(name)}.db`;
      const environment = desk.environment(name, { DATABASE_URL: url, AMQP });
      const load = ['load', '--users', '5', '--groups', '0', ...args];
      expect((await scimctl('--env', environment, ...load)).code).toBe(0);
      const place = await openPlace({
        environment: readEnvironment(environment),
        access: 'read',
        warn: () => undefined,
      });
      const measure = await place.backend.outbox?.measure();
      await place.close();
      return measure?.pending;
    };
    expect(await pending('announced')).toBe(5);
    expect(await pending('silent', '--no-events')).toBe(0);
  });

  it('R-540: with flat files, events wait in the journal for the service', async () => {
    const AMQP = `amqp://127.0.0.1:${await freePort()}`;
    const environment = desk.environment('journal', { AMQP });
    await scimctl('--env', environment, 'load', '--users', '3', '--groups', '0');
    const place = await openPlace({
      environment: readEnvironment(environment),
      access: 'write',
      warn: () => undefined,
    });
    expect(await place.backend.outbox?.measure()).toMatchObject({ pending: 3 });
    await place.close();
  });
});
