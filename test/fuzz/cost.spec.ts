import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import { BULK, create, GROUP, PATCH, query, SEARCH, USER } from '../support/scim.js';
import type { SentRequest } from '../support/service.js';
import { StepCounter } from '../support/steps.js';

/** What twice the size may cost: twice the steps, and half of them for what comes with size. */
const MOST = 2.5;

// JumpCloud takes no e-mail twice: what this needs cannot be made there.
const takesEmails = !(process.env.SCIM_TEST_STORE ?? '').startsWith('jumpcloud');

const service = describeService({ LOGLEVEL: 'silent' });
let steps: StepCounter;
beforeAll(async () => {
  steps = await StepCounter.start();
});
afterAll(() => steps.stop());

interface Request extends SentRequest {
  readonly method: string;
  readonly path: string;
}

/** A kind of request: makes one of a size, and first what it is about. */
type Kind = (size: number) => Request | Promise<Request>;

let made = 0;
const name = () => `cost-${++made}`;
const several = <T>(size: number, make: (i: number) => T): T[] =>
  Array.from({ length: size }, (_, i) => make(i));
const emails = (size: number) =>
  several(size, (i) => ({ value: `${i}@example.com`, type: 'work', display: `d${i}` }));
const post = (members: object): Request => ({
  method: 'POST',
  path: '/Users',
  body: { schemas: [USER], userName: name(), ...members },
});
const search = (members: object): Request => ({
  method: 'POST',
  path: '/Users/.search',
  body: { schemas: [SEARCH], ...members },
});

/** A PATCH of a user with as many e-mails as the request is large. */
async function patch(size: number, operations: readonly object[]): Promise<Request> {
  const { id } = await create(service, '/Users', { userName: name(), emails: emails(size) });
  return {
    method: 'PATCH',
    path: `/Users/${id}`,
    body: { schemas: [PATCH], Operations: operations },
  };
}

async function users(size: number): Promise<{ value: string }[]> {
  const ids: { value: string }[] = [];
  for (let i = 0; i < size; i++) {
    ids.push({ value: (await create(service, '/Users', { userName: name() })).id });
  }
  return ids;
}

const KINDS: Readonly<Record<string, Kind>> = {
  'a body with many values': (n) => post({ emails: emails(n) }),
  'a body with one value many times': (n) => post({ emails: several(n, () => ({ value: 'a@b' })) }),
  'a body with many unknown members': (n) =>
    post(Object.fromEntries(several(n, (i) => [`unknown${i}`, i]))),
  'a body of nothing': (n) => post({ x: several(n, () => []) }),
  'a long text': (n) => post({ nickName: 'é'.repeat(n * 10) }),
  'many marks on letters': (n) => post({ nickName: 'a\u0301\u0323'.repeat(n * 10) }),
  'many marks on one letter': (n) =>
    post({ nickName: `a${'\u0301'.repeat(n)}${'\u0323'.repeat(n)}` }),
  'a filter with many terms': (n) =>
    search({ filter: several(n / 4, (i) => `emails co "${i}zz"`).join(' or ') }),
  'a filter with many value paths': (n) =>
    search({
      filter: several(n / 16, (i) => `emails[value co "${i}zz" and type pr]`).join(' or '),
    }),
  'a filter in many brackets': (n) =>
    search({ filter: `${'('.repeat(n / 4)}title pr${')'.repeat(n / 4)}` }),
  'a filter with a long text': (n) => search({ filter: `title eq "${'x'.repeat(n * 10)}"` }),
  'a search with many unknown members': (n) =>
    search(Object.fromEntries(several(n, (i) => [`unknown${i}`, { constructor: 1 }]))),
  'many attributes': (n) => search({ attributes: several(n, (i) => `emails.a${i}`) }),
  'attributes of commas': (n) => search({ attributes: ','.repeat(n * 10) }),
  'a query in the address': (n) => ({
    method: 'GET',
    path: `/Users${query({ attributes: several(n, (i) => `a${i}`).join() })}`,
  }),
  'a long path': (n) => ({ method: 'GET', path: `/Users/${'a/'.repeat(n)}` }),
  'a long id': (n) => ({ method: 'GET', path: `/Users/${'a%20'.repeat(n)}` }),
  'a long cursor': (n) => ({ method: 'GET', path: `/Users?cursor=${'ab'.repeat(n)}` }),
  'many entity tags': async (n) => {
    const { id } = await create(service, '/Users', { userName: name() });
    const tags = several(n, (i) => `W/"${i}"`).join(', ');
    return { method: 'GET', path: `/Users/${id}`, headers: { 'If-None-Match': tags } };
  },
  'a PATCH that adds one by one': (n) =>
    patch(
      n,
      several(n, (i) => ({ op: 'add', path: 'emails', value: [{ value: `new${i}@b` }] })),
    ),
  'a PATCH with a value path for each value': (n) =>
    patch(
      n,
      several(n, (i) => ({
        op: 'replace',
        path: `emails[value eq "${i}@example.com"].display`,
        value: `new ${i}`,
      })),
    ),
  'a PATCH that removes one by one': (n) =>
    patch(
      n,
      several(n, (i) => ({ op: 'remove', path: `emails[value eq "${i}@example.com"]` })),
    ),
  'a PATCH that lists what to remove': (n) =>
    patch(n, [{ op: 'remove', path: 'emails', value: emails(n) }]),
  'a PATCH that makes one after the other primary': (n) =>
    patch(
      n,
      several(n, (i) => ({
        op: 'add',
        path: `emails[value eq "${i}@example.com"]`,
        value: { primary: true },
      })),
    ),
  'a PATCH that replaces one member': (n) =>
    patch(
      1,
      several(n, (i) => ({ op: 'replace', path: 'title', value: `t${i}` })),
    ),
  'a PATCH of members': async (n) => {
    const value = await users(n / 4);
    const { id } = await create(service, '/Groups', { displayName: name() });
    return {
      method: 'PATCH',
      path: `/Groups/${id}`,
      body: {
        schemas: [PATCH],
        Operations: value.map((one) => ({ op: 'add', path: 'members', value: [one] })),
      },
    };
  },
  'a group with many members': async (n) => ({
    method: 'POST',
    path: '/Groups',
    body: { schemas: [GROUP], displayName: name(), members: await users(n / 4) },
  }),
  'a group that is read with its members': async (n) => {
    const members = await users(n / 4);
    const { id } = await create(service, '/Groups', { displayName: name(), members });
    return { method: 'GET', path: `/Groups/${id}` };
  },
  'a bulk of creations': (n) => ({
    method: 'POST',
    path: '/Bulk',
    body: {
      schemas: [BULK],
      Operations: several(n / 4, (i) => ({
        method: 'POST',
        path: '/Users',
        bulkId: `b${i}`,
        data: { schemas: [USER], userName: name() },
      })),
    },
  }),
  'a bulk in which each refers to the next': (n) => ({
    method: 'POST',
    path: '/Bulk',
    body: {
      schemas: [BULK],
      Operations: several(n / 4, (i) => ({
        method: 'POST',
        path: '/Groups',
        bulkId: `b${i}`,
        data: {
          schemas: [GROUP],
          displayName: name(),
          ...(i + 1 < n / 4 ? { members: [{ value: `bulkId:b${i + 1}` }] } : {}),
        },
      })),
    },
  }),
};

describe.runIf(takesEmails)('twice the size', () => {
  const kinds = Object.entries(KINDS);
  it.each(kinds)('R-340 %s: at most twice the steps', async (_name, kind) => {
    const size = 160;
    const cost = async (one: number) => {
      const { method, path, ...sent } = await kind(one);
      let status = 0;
      const counted = await steps.of(async () => {
        ({ status } = await service.request(method, path, sent));
      });
      expect([500, 502, 504]).not.toContain(status);
      return { counted, status };
    };
    await cost(size); // what is made at first use is not the request's
    const [once, twice] = [await cost(size), await cost(2 * size)];
    expect(twice.status).toBe(once.status);
    expect(once.counted).toBeGreaterThan(0);
    expect(twice.counted / once.counted).toBeLessThanOrEqual(MOST);
  });
});

describe.runIf(takesEmails)('a filter with many terms', () => {
  it('R-341 prepares what a resource holds once, not for each of them', async () => {
    for (let i = 0; i < 5; i++) {
      await create(service, '/Users', { userName: name(), emails: emails(100) });
    }
    const prepared = async (terms: number) => {
      const of = (i: number) =>
        `emails.display co "${i}zz" or emails[display co "${i}zz" and type pr]`;
      const { method, path, ...sent } = search({ filter: several(terms, of).join(' or ') });
      return steps.of(() => service.request(method, path, sent), /[/\\]prepare\.[jt]s/);
    };
    await prepared(2);
    // The literals of twenty terms more, each prepared a few times while the filter is read.
    expect((await prepared(12)) - (await prepared(2))).toBeLessThan(20 * 20);
  });
});
