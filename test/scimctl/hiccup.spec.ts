import { PassThrough } from 'node:stream';
import { afterAll, expect, it } from 'vitest';
import { BackendError, type Repository } from '#backend';
import { readEnvironment } from '../../apps/scimctl/src/place/environment.js';
import { openPlace, type Place } from '../../apps/scimctl/src/place/place.js';
import { SampleSource } from '../../apps/scimctl/src/sample/sample-source.js';
import { Terminal } from '../../apps/scimctl/src/terminal/terminal.js';
import { Job } from '../../apps/scimctl/src/transfer/job.js';
import { preparingOwn } from '../../apps/scimctl/src/transfer/prepare.js';
import { transfer } from '../../apps/scimctl/src/transfer/transfer.js';
import { Desk } from '../support/scimctl.js';
import { removeFolder } from '../support/scratch.js';

const desk = new Desk();
afterAll(() => removeFolder(desk.folder));

/** The place, whose store fails some writes, before or after they were done, as connections break. */
function failing(place: Place, failures: number, when: 'before' | 'after'): Place {
  let left = failures;
  return {
    ...place,
    repository: (type) => {
      const repository = place.repository(type);
      const put: Repository['put'] = async (...args) => {
        const fails = left-- > 0;
        if (fails && when === 'before') throw broken();
        const result = await repository.put(...args);
        if (fails) throw broken();
        return result;
      };
      return Object.assign(Object.create(repository) as Repository, { put });
    },
  };
}

function broken(): BackendError {
  return new BackendError('unavailable', 'The connection broke.');
}

async function load(name: string, failures: number, when: 'before' | 'after') {
  const place = await openPlace({
    environment: readEnvironment(desk.environment(name, {})),
    access: 'write',
    warn: () => undefined,
  });
  const stream = new PassThrough() as unknown as NodeJS.WriteStream;
  const job = Job.open(desk.path(`${name}.job`), 'test', '');
  try {
    return await transfer({
      source: new SampleSource(place.registry, { users: 3, groups: 0, seed: 1 }),
      place: failing(place, failures, when),
      job,
      prepare: preparingOwn(place),
      update: false,
      dryRun: false,
      terminal: new Terminal(stream, stream, process.stdin, {}),
      signal: new AbortController().signal,
    });
  } finally {
    job.close();
    await place.close();
  }
}

it('R-545: a store that is away for a moment is asked again, and what it had done is found done', async () => {
  expect(await load('moment', 2, 'after')).toMatchObject({ created: 1, unchanged: 2, refused: 0 });
});

it('R-545: one that stays away ends the run, to be gone on with', async () => {
  await expect(load('long', 100, 'before')).rejects.toMatchObject({ code: 'unavailable' });
});
