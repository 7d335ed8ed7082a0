import { rename, writeFile } from 'node:fs/promises';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { BACKEND } from '#backend';
import { backendConformance } from '#backend-testkit';
import type { ResourceType } from '#scim';
import { FileConnector } from './file.connector.js';
import { FileModule } from './file.module.js';
import { groupType, Scratch, userType } from './testing/scratch.js';

let scratch: Scratch;

async function open(types: readonly ResourceType[]) {
  // Files are brought up to date in the midst of the tests, and hands are watched for.
  const { backend } = await scratch.open(
    { watch: true, settleAfter: 5, heartbeatEvery: 50 },
    types,
  );
  return backend;
}

backendConformance('the file backend', {
  open: async (types) => {
    scratch = new Scratch();
    return open(types);
  },
  reopen: open,
  starter: () => ({
    module: '/libs/backend-file/src/index.ts',
    connector: 'FileConnector',
    options: { dataPath: scratch.root },
  }),
  foreign: async (ids) => {
    const file = (id: string) => scratch.path(userType.collection, id);
    for (const id of ids) await writeFile(file(id), JSON.stringify({ id, userName: id }));
  },
  remove: async () => {
    expect(scratch.problems).toEqual([]);
    await scratch.remove();
  },
  away: {
    stop: () => rename(scratch.root, `${scratch.root}-away`),
    start: () => rename(`${scratch.root}-away`, scratch.root),
  },
  explain: async (type, query) => {
    const page = await scratch.last.backend.store(type).query?.(query);
    const indexed = page?.residual === undefined && page?.paged === true;
    return { indexed, plan: indexed ? 'answered by an index' : 'every resource is looked at' };
  },
});

describe('the module', () => {
  it('provides the backend', async () => {
    scratch = new Scratch();
    const imports = [FileModule.register({ dataPath: scratch.root })];
    const module = await Test.createTestingModule({ imports }).compile();
    expect(module.get(BACKEND)).toBeInstanceOf(FileConnector);
    await scratch.remove();
  });
});

describe('the configuration', () => {
  it.each([
    ['a/b', 'holds a slash'],
    ['../Users', 'starts with a dot'],
    ['.scim', 'starts with a dot'],
    ['tmp', 'uses itself'],
    ['Groups', 'another resource type'],
  ])('a collection called %s is refused', async (collection, why) => {
    const own = new Scratch();
    const types = [{ ...userType, collection }, groupType];
    await expect(own.open({}, types)).rejects.toThrow(why);
    await own.remove();
  });
});
