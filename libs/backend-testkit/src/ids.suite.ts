import { expect } from 'vitest';
import { BackendError, type ResourceStore, type Stored } from '#backend';
import { all } from './expect.js';
import { concern, tick, userDraft } from './fixture.js';
import type { ConformanceOptions } from './options.js';

/** Ids that lead somewhere else in some store: a path, a pattern, a statement, a prototype. */
const HOSTILE: Readonly<Record<string, string>> = {
  'a way out of the folder': '../x',
  'a longer way out': '../../../../etc/passwd',
  'an absolute path': '/etc/passwd',
  'a slash': '/',
  'a folder within': 'a/b',
  backslashes: '..\\..\\x',
  'a NUL': 'a\0b',
  'a line feed': 'a\nb',
  'the folder itself': '.',
  'the folder above': '..',
  'an encoded dot': '%2e',
  'an encoded way out': '%2e%2e%2fx',
  'a device of Windows': 'CON',
  'a stream of Windows': 'a:b',
  'a hidden file': '.hidden',
  'a trailing dot': 'a.',
  'a trailing blank': 'a ',
  'a blank': ' ',
  '256 bytes': 'x'.repeat(256),
  '255 letters of two bytes': 'é'.repeat(255),
  '5000 bytes': 'y'.repeat(5000),
  'an emoji': '👩‍🚀',
  'a prototype': '__proto__',
  'a constructor': 'constructor',
  'a statement': "'; drop table Users; --",
  'an operator': '{"$ne":null}',
  'a filter': '*)(uid=*',
  'a distinguished name': 'x,ou=Groups',
  'a wildcard': '%',
  'another wildcard': '_',
  'a temporary file': 'x.tmp',
  'a JSON file': 'x.json',
  'a search': '.search',
};

export function ids(options: ConformanceOptions): void {
  concern('ids', options, (test) => {
    for (const [what, id] of Object.entries(HOSTILE)) {
      test(`keeps or refuses ${what} as an id, and mistakes it for no other`, async (fixture) => {
        const { userStore, groupStore, createUser } = fixture;
        const bystander = await createUser();
        expect(await userStore.get(id)).toBeUndefined();
        expect(await userStore.delete(id, { now: tick() })).toBeUndefined();
        const stored = await createOrRefuse(userStore, id);
        if (stored !== undefined) {
          expect(stored.id).toBe(id);
          expect(await userStore.get(id)).toEqual(stored);
          expect(await groupStore.get(id)).toBeUndefined();
          expect((await all(userStore.scan())).map((user) => user.id)).toContain(id);
          expect((await userStore.delete(id, { now: tick() }))?.deleted).toEqual(stored);
        }
        expect(await userStore.get(id)).toBeUndefined();
        expect(await userStore.get(bystander.id)).toEqual(bystander);
        expect(Object.keys(Object.prototype)).toEqual([]);
      });
    }

    const pairs: Readonly<Record<string, readonly [string, string]>> = {
      'in composition': ['r\u00e9sum\u00e9', 're\u0301sume\u0301'],
      'in case': ['Case', 'cASE'],
      'in width': ['wide', '\uff57\uff49\uff44\uff45'],
      'by a blank': ['blank', 'blank '],
      'by zeros': ['1', '01'],
    };
    for (const [how, [one, other]] of Object.entries(pairs)) {
      test(`never takes an id for one that differs ${how}`, async ({ userStore }) => {
        const first = await createOrRefuse(userStore, one);
        expect(await userStore.get(other)).toBeUndefined();
        expect(await userStore.delete(other, { now: tick() })).toBeUndefined();
        const second = await createOrRefuse(userStore, other);
        if (first !== undefined) expect(await userStore.get(one)).toEqual(first);
        if (second !== undefined) expect(await userStore.get(other)).toEqual(second);
      });
    }

    test('takes the empty string for no id', async ({ userStore }) => {
      expect(await userStore.get('')).toBeUndefined();
      expect(await userStore.delete('', { now: tick() })).toBeUndefined();
    });
  });
}

async function createOrRefuse(store: ResourceStore, id: string): Promise<Stored | undefined> {
  try {
    return await store.put({ ...userDraft(), id }, { now: tick() });
  } catch (error) {
    if (error instanceof BackendError && error.code === 'invalid-id') return undefined;
    throw error;
  }
}
