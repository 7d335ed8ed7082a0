import type { LoadClient } from './load.js';

/** What was put into the service before measuring. */
export interface Seed {
  readonly users: readonly { readonly id: string; readonly index: number }[];
  /** Group id by number of members. */
  readonly groups: ReadonlyMap<number, string>;
}

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
export const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** A user of some 1.2 KB, as an identity provider sends it. */
export function userBody(index: number): string {
  return JSON.stringify({
    schemas: [USER, ENTERPRISE],
    externalId: `ext-${index}@bench.example.org`,
    userName: `user${index}@bench.example.org`,
    name: {
      givenName: `Given${index}`,
      familyName: `Family${index % 997}`,
      formatted: `G F ${index}`,
    },
    displayName: `Bench User ${index}`,
    title: 'Researcher',
    preferredLanguage: 'en',
    locale: 'en-US',
    timezone: 'Europe/Amsterdam',
    active: true,
    emails: [
      { value: `user${index}@bench.example.org`, type: 'work', primary: true },
      { value: `home${index}@bench.example.org`, type: 'home' },
    ],
    phoneNumbers: [{ value: '+31 20 555 0100', type: 'work' }],
    addresses: [{ type: 'work', locality: 'Utrecht', country: 'NL', postalCode: '3511 AA' }],
    x509Certificates: [
      { value: Buffer.from(`ssh-ed25519 ${'A'.repeat(60)}${index}`).toString('base64') },
    ],
    [ENTERPRISE]: { employeeNumber: String(index), department: `Dept ${index % 50}` },
  });
}

export function groupBody(name: string, members: readonly string[]): string {
  return JSON.stringify({
    schemas: [GROUP],
    displayName: name,
    externalId: `ext-${name}@bench.example.org`,
    members: members.map((value) => ({ value })),
  });
}

function addMembers(members: readonly string[]): string {
  const value = members.map((id) => ({ value: id }));
  return JSON.stringify({ schemas: [PATCH], Operations: [{ op: 'add', path: 'members', value }] });
}

/** Users in one bulk request. */
const BATCH = 100;
/** Members in one request: as many as slow stores take in before they are given up. */
const FEW = 10_000;

/** Creates the users, by Bulk, and one group of each size, all over HTTP. */
export async function seed(
  client: LoadClient,
  users: number,
  sizes: readonly number[],
): Promise<Seed> {
  const created: { id: string; index: number }[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < users) {
      const first = next;
      next = Math.min(users, first + BATCH);
      const indexes = Array.from({ length: next - first }, (_, i) => first + i);
      const { body } = await client.must({
        method: 'POST',
        path: '/Bulk',
        body: bulkBody(indexes),
      });
      const { Operations } = JSON.parse(body) as { Operations: { location?: string }[] };
      for (const [i, { location }] of Operations.entries()) {
        const id = location?.split('/').at(-1);
        if (id === undefined) throw new Error(`user ${first + i} was not created: ${body}`);
        created.push({ id, index: first + i });
      }
    }
  };
  await Promise.all(Array.from({ length: client.connections }, worker));
  const groups = new Map<number, string>();
  for (const size of sizes) {
    // Where there are fewer users than members, the rest are ids of nobody (UNKNOWN_MEMBERS=accept).
    const members = Array.from({ length: size }, (_, i) => created[i]?.id ?? `nobody-${i}`);
    const body = groupBody(`group-of-${size}`, members.slice(0, FEW));
    const id = idOf((await client.must({ method: 'POST', path: '/Groups', body })).body);
    for (let first = FEW; first < size; first += FEW) {
      const some = members.slice(first, first + FEW);
      await client.must({ method: 'PATCH', path: `/Groups/${id}`, body: addMembers(some) });
    }
    groups.set(size, id);
  }
  return { users: created, groups };
}

function bulkBody(indexes: readonly number[]): string {
  const operations = indexes.map(
    (i) => `{"method":"POST","path":"/Users","bulkId":"${i}","data":${userBody(i)}}`,
  );
  return `{"schemas":["${BULK}"],"Operations":[${operations.join(',')}]}`;
}

function idOf(body: string): string {
  const { id } = JSON.parse(body) as { id: string };
  return id;
}
