import { expect } from 'vitest';
import { create, ENTERPRISE, expectError, patchOf, type Resource, read } from './scim.js';
import type { Answer, Service } from './service.js';

/** A user with something of every kind. */
export const PATCHED = {
  displayName: 'Babs',
  nickName: 'B',
  title: 'Guide',
  name: { givenName: 'Barbara', familyName: 'Jensen', middleName: 'J' },
  emails: [
    { value: 'w@a.com', type: 'work', primary: true },
    { value: 'w@b.com', type: 'work' },
    { value: 'h@a.com', type: 'home' },
  ],
  addresses: [
    { type: 'work', region: 'CA', country: 'US' },
    { type: 'home', region: 'NY', country: 'US' },
  ],
};

/** One resource, and what PATCH does to it. */
export interface Patched {
  readonly made: Resource;
  readonly path: string;
  /** Applies operations, which have to succeed; the resource afterwards. */
  apply(...operations: readonly object[]): Promise<Resource>;
  /** Applies operations that change nothing: same version, same time. */
  unchanged(...operations: readonly object[]): Promise<void>;
  /** Applies operations that are refused and leave everything as it was. */
  refused(scimType: string, ...operations: readonly object[]): Promise<void>;
  send(...operations: readonly object[]): Promise<Answer>;
}

export function patching(service: Service, endpoint: string, made: Resource): Patched {
  const path = `${endpoint}/${made.id}`;
  const send = (...operations: readonly object[]) =>
    service.request('PATCH', path, patchOf(...operations));
  const apply = async (...operations: readonly object[]) => {
    const answer = await send(...operations);
    expect([200, 204], answer.text).toContain(answer.status);
    const after = await read(service, path);
    if (answer.status === 200) expect(answer.body).toEqual(after);
    expect(answer.headers.get('etag')).toBe(after.meta.version);
    return after;
  };
  return {
    made,
    path,
    send,
    apply,
    unchanged: async (...operations) => {
      const before = await read(service, path);
      expect(await apply(...operations)).toEqual(before);
    },
    refused: async (scimType, ...operations) => {
      const before = await read(service, path);
      const status = scimType === 'uniqueness' ? 409 : 400;
      expectError(await send(...operations), status, scimType);
      expect(await read(service, path)).toEqual(before);
    },
  };
}

let count = 0;

/** A user of its own for a test. */
export async function patchedUser(service: Service, attributes: object = PATCHED) {
  const userName = `patched${++count}`;
  return patching(service, '/Users', await create(service, '/Users', { userName, ...attributes }));
}

/** A group of new users. */
export async function patchedGroup(service: Service, size: number) {
  const users: Resource[] = [];
  for (let i = 0; i < size; i++) {
    users.push(await create(service, '/Users', { userName: `member${++count}` }));
  }
  const members = users.map(({ id }) => ({ value: id }));
  const made = await create(service, '/Groups', { displayName: `group${count}`, members });
  return { ...patching(service, '/Groups', made), users };
}

/** Ids of a group's members, in an order that does not matter. */
export function memberIds(group: Resource): string[] {
  const members = (group.members ?? []) as readonly { readonly value: string }[];
  return members.map(({ value }) => value).sort();
}

export const DEPARTMENT = `${ENTERPRISE}:department`;
