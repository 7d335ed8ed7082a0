import type { Call } from './load.js';
import { PATCH, type Seed, userBody } from './seed.js';

/** One thing that is measured. */
export interface Operation {
  readonly name: string;
  /** The `index`-th call; indexes are never repeated within a run. */
  readonly call: (index: number) => Call;
  /** Calls in a slice, fewer for the slow ones. */
  readonly slice: number;
}

/** The operations of the first form of the benchmark, over what was seeded. */
export function operations(seed: Seed, round: string): readonly Operation[] {
  const user = (index: number) => {
    const found = seed.users[(index * 7919) % seed.users.length];
    if (found === undefined) throw new Error('no users');
    return found;
  };
  const filter = (text: string) => `/Users?filter=${encodeURIComponent(text)}`;
  const last = Math.max(1, seed.users.length - 9);
  return [
    {
      name: 'create user',
      slice: 150,
      call: (i) => ({ method: 'POST', path: '/Users', body: extraUser(`${round}-${i}`) }),
    },
    { name: 'get by id', slice: 1500, call: (i) => get(`/Users/${user(i).id}`) },
    {
      name: 'find by userName',
      slice: 1500,
      call: (i) => get(filter(`userName eq "USER${user(i).index}@bench.example.org"`)),
    },
    {
      name: 'find by externalId',
      slice: 1500,
      call: (i) => get(filter(`externalId eq "ext-${user(i).index}@bench.example.org"`)),
    },
    {
      name: 'find by e-mail',
      slice: 1500,
      call: (i) => get(filter(`emails[value eq "home${user(i).index}@bench.example.org"]`)),
    },
    { name: 'first page of 10', slice: 600, call: () => get('/Users?startIndex=1&count=10') },
    {
      name: 'last page of 10',
      slice: Math.max(40, Math.min(600, Math.floor(600_000 / seed.users.length))),
      call: () => get(`/Users?startIndex=${last}&count=10`),
    },
    {
      name: 'PUT user',
      slice: 150,
      call: (i) => ({
        method: 'PUT',
        path: `/Users/${user(i).id}`,
        body: userBody(user(i).index).replace('Researcher', `Title ${round}-${i}`),
      }),
    },
    {
      name: 'PATCH active',
      slice: 150,
      call: (i) => ({
        method: 'PATCH',
        path: `/Users/${user(i).id}`,
        body: patch([
          { op: 'replace', value: { active: Math.random() < 0.5, title: `${round}-${i}` } },
        ]),
      }),
    },
    ...[...seed.groups].flatMap(([size, id]): Operation[] => [
      {
        name: `add one member to ${size}`,
        slice: 150,
        call: (i) => ({
          method: 'PATCH',
          path: `/Groups/${id}`,
          body: patch([{ op: 'add', path: 'members', value: [{ value: `new-${round}-${i}` }] }]),
        }),
      },
      {
        name: `remove one member of ${size}`,
        slice: 150,
        call: (i) => ({
          method: 'PATCH',
          path: `/Groups/${id}`,
          body: patch([{ op: 'remove', path: `members[value eq "new-${round}-${i}"]` }]),
        }),
      },
      {
        name: `group of ${size} without members`,
        slice: 1500,
        call: () => get(`/Groups/${id}?excludedAttributes=members`),
      },
      {
        name: `group of ${size} with members`,
        slice: size > 50_000 ? 8 : size > 1000 ? 20 : 300,
        call: () => get(`/Groups/${id}`),
      },
    ]),
  ];
}

function get(path: string): Call {
  return { method: 'GET', path };
}

function extraUser(name: string): string {
  return userBody(0).replaceAll('user0@', `${name}@`).replaceAll('ext-0@', `ext-${name}@`);
}

function patch(Operations: readonly object[]): string {
  return JSON.stringify({ schemas: [PATCH], Operations });
}
