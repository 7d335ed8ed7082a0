import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registry } from '#backend-testkit';
import { whyNoMongo } from '../../../test/support/mongo.js';
import { freePort } from '../../../test/support/scratch.js';
import { readAddress } from './connection/address.js';
import { MongoConnector } from './mongo.connector.js';
import type { MongoBackendOptions } from './mongo.options.js';
import { KINDS, Scratch } from './testing/scratch.js';

/** What the start says, with whatever it was caused by. */
async function refusal(options: MongoBackendOptions): Promise<string> {
  try {
    const backend = await new MongoConnector(options).open(registry.types);
    await backend.close();
  } catch (error) {
    const cause = error instanceof Error ? String(error.cause) : '';
    return `${String(error)} ${cause}`;
  }
  throw new Error('it started');
}

describe('a MONGO_DB that cannot be used', () => {
  it('R-418 is told by its cause, without the password', async () => {
    const port = await freePort();
    const selectionTimeout = 300;
    const url = `mongodb://me:hidden@127.0.0.1:${port}/`;
    const away = await refusal({ url, selectionTimeout });
    expect(away).toContain('ECONNREFUSED');
    expect(away).not.toContain('hidden');
    for (const wrong of [
      'http://me:hidden@host/',
      'mongodb://me:hid@den@host/',
      'mongodb://',
      'host:27017',
      'mongodb://me:hidden@127.0.0.1/?replicaSet=',
      'mongodb://me:hidden@127.0.0.1/?unheardOf=1',
      'mongodb://me:hidden@127.0.0.1/%zz',
    ]) {
      const told = await refusal({ url: wrong, selectionTimeout });
      expect(told).toContain('MONGO_DB');
      expect(told).not.toMatch(/hidden|hid@den/);
    }
  });

  it('R-418 names of collections are checked for what MongoDB takes', async () => {
    const prefix = 'a$b_';
    expect(await refusal({ url: 'mongodb://127.0.0.1/', prefix })).toContain('"a$b_');
    const long = `${'x'.repeat(120)}_`;
    expect(await refusal({ url: 'mongodb://127.0.0.1/', prefix: long })).toContain('120 bytes');
  });

  it('a database in it is where its user is known, as in the reference', () => {
    expect(readAddress('mongodb://u:p@h/accounts').authSource).toBe('accounts');
    expect(readAddress('mongodb://u:p@h').authSource).toBe('admin');
    expect(readAddress('mongodb://u:p@h,i:27018/?w=1').authSource).toBe('admin');
    expect(readAddress('mongodb+srv://u:p@h/x?authSource=y').authSource).toBeUndefined();
    expect(readAddress('mongodb://h/x').authSource).toBeUndefined();
  });
});

for (const kind of KINDS) {
  describe.skipIf(whyNoMongo(kind))(`a ${kind}`, () => {
    let scratch: Scratch;
    beforeAll(async () => {
      scratch = await Scratch.start(kind);
    });
    afterAll(() => scratch?.remove());

    it('R-417 is known by what it says of itself, and the log says what that means', async () => {
      const { backend } = await scratch.open();
      const isReplicaSet = kind === 'replica set';
      const [notice] = scratch.notices;
      expect(notice?.message).toMatch(isReplicaSet ? /one transaction/ : /has no transactions/);
      expect(backend.outbox !== undefined).toBe(isReplicaSet);
      expect([backend.supports.cascade, backend.supports.targets]).toEqual([
        isReplicaSet,
        isReplicaSet,
      ]);
      expect([backend.supports.cas, backend.supports.unique]).toEqual(['atomic', 'atomic']);
    });

    it('R-309 a database that the string names holds nothing', async () => {
      await scratch.renew();
      const url = `${scratch.server.url}accounts`;
      const { createUser } = await scratch.open({ url });
      const { id } = await createUser();
      expect((await scratch.documents('Users')).map(({ _id }) => _id)).toEqual([id]);
    });

    it('tenants have collections of their own', async () => {
      await scratch.renew();
      const plain = await scratch.open();
      const tenant = await scratch.open({ prefix: 'blue_' });
      await plain.createUser({ userName: 'same' });
      const user = await tenant.createUser({ userName: 'same' });
      expect(await plain.users.get(user.id)).toBeUndefined();
      expect(await scratch.documents('blue_Users')).toHaveLength(1);
    });

    it('a database of a newer version is left alone', async () => {
      await scratch.renew();
      await scratch.open();
      const u = { _id: 'version', version: 99 };
      await scratch.run({ update: 'scim_state', updates: [{ q: { _id: 'version' }, u }] });
      await expect(scratch.open()).rejects.toThrow('newer version');
    });
  });
}
