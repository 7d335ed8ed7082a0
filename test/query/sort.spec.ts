import { beforeAll, describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import {
  create,
  ENTERPRISE,
  expectError,
  list,
  query,
  type Resource,
  SEARCH,
  SRAM_USER,
} from '../support/scim.js';

const service = describeService();

beforeAll(async () => {
  const users: readonly (readonly [string, object])[] = [
    [
      'delta',
      {
        name: { familyName: 'zorn' },
        externalId: 'b',
        title: 'Émile',
        active: false,
        emails: [{ value: 'z@x.org' }, { value: 'c@x.org', primary: true }],
        [ENTERPRISE]: { employeeNumber: '10' },
        [SRAM_USER]: { sramInactiveDays: 10 },
      },
    ],
    [
      'Alpha',
      {
        name: { familyName: 'Zander' },
        externalId: 'B',
        title: 'zeta',
        // No primary: the first one counts.
        emails: [{ value: 'b@x.org' }, { value: 'a@x.org' }],
        [ENTERPRISE]: { employeeNumber: '9' },
        [SRAM_USER]: { sramInactiveDays: 9 },
      },
    ],
    ['charlie', { externalId: 'a', title: 'Alto' }],
    [
      'Bravo',
      {
        name: { familyName: 'Adams' },
        emails: [{ value: 'D@x.org' }],
        [SRAM_USER]: { sramInactiveDays: 100 },
      },
    ],
  ];
  for (const [userName, attributes] of users) {
    await create(service, '/Users', { userName, ...attributes });
  }
});

async function sorted(parameters: Readonly<Record<string, string>>): Promise<unknown[]> {
  const { Resources } = await list(service, '/Users', parameters);
  const body = { schemas: [SEARCH], ...parameters };
  const answer = await service.request('POST', '/Users/.search', { body });
  expect(answer.json<{ Resources: Resource[] }>().Resources).toEqual(Resources);
  return Resources.map(({ userName }) => userName);
}

/** Each sortBy with the order that it makes, and the users without a value. */
function sorts(cases: Readonly<Record<string, readonly (readonly string[])[]>>) {
  it.each(Object.entries(cases))(
    'by %s, missing last; descending the other way',
    async (sortBy, [order = [], none = []]) => {
      expect(await sorted({ sortBy })).toEqual([...order, ...none]);
      expect(await sorted({ sortBy, sortOrder: 'ascending' })).toEqual([...order, ...none]);
      const descending = await sorted({ sortBy, sortOrder: 'descending' });
      expect(new Set(descending.slice(0, none.length))).toEqual(new Set(none));
      expect(descending.slice(none.length)).toEqual([...order].reverse());
    },
  );
}

describe('R-150 strings without regard to case', () => {
  sorts({
    userName: [['Alpha', 'Bravo', 'charlie', 'delta']],
    USERNAME: [['Alpha', 'Bravo', 'charlie', 'delta']],
    title: [['charlie', 'Alpha', 'delta'], ['Bravo']],
  });
  it('in any spelling of sortOrder', async () => {
    expect(await sorted({ sortBy: 'userName', sortOrder: 'Descending' })).toEqual([
      'delta',
      'charlie',
      'Bravo',
      'Alpha',
    ]);
  });
});

describe('R-151 the primary element, else the first one', () => {
  sorts({
    'emails.value': [['Alpha', 'delta', 'Bravo'], ['charlie']],
    emails: [['Alpha', 'delta', 'Bravo'], ['charlie']],
  });
});

describe('R-152 by the type of the attribute, in extensions as well', () => {
  sorts({
    'name.familyName': [['Bravo', 'Alpha', 'delta'], ['charlie']],
    'meta.created': [['delta', 'Alpha', 'charlie', 'Bravo']],
    [`${ENTERPRISE}:employeeNumber`]: [
      ['delta', 'Alpha'],
      ['charlie', 'Bravo'],
    ],
    [`${SRAM_USER}:sramInactiveDays`]: [['Alpha', 'delta', 'Bravo'], ['charlie']],
  });
  it('by meta.lastModified, which a change moves to the end', async () => {
    const { Resources } = await list(service, '/Users', { filter: 'userName eq "delta"' });
    const { id, schemas, userName } = Resources[0] as Resource;
    expect(await sorted({ sortBy: 'meta.lastModified' })).toEqual(
      await sorted({ sortBy: 'meta.created' }),
    );
    const kept = (await service.request('GET', `/Users/${id}`)).json<Resource>();
    const body = { ...kept, nickName: 'moved' };
    expect((await service.request('PUT', `/Users/${id}`, { body })).status).toBe(200);
    expect([schemas.length, userName]).toEqual([3, 'delta']);
    expect(await sorted({ sortBy: 'meta.lastModified' })).toEqual([
      'Alpha',
      'charlie',
      'Bravo',
      'delta',
    ]);
  });
});

describe('R-153 caseExact strings in the order of Unicode', () => {
  sorts({ externalId: [['Alpha', 'charlie', 'delta'], ['Bravo']] });
});

describe('R-154 what cannot be sorted by', () => {
  it.each([
    { sortBy: 'userName', sortOrder: 'up' },
    { sortBy: 'nope' },
    { sortBy: 'password' },
    { sortBy: 'name' },
    { sortBy: '__proto__' },
    { sortBy: 'emails[type eq "work"].value' },
    { sortBy: 'members' },
  ])('%j is invalidValue', async (parameters) => {
    for (const path of ['/Users', '/']) {
      if (path === '/' && parameters.sortBy === 'members') continue;
      const answer = await service.request('GET', `${path}${query(parameters)}`);
      expectError(answer, 400, 'invalidValue');
    }
    const body = { schemas: [SEARCH], ...parameters };
    expectError(await service.request('POST', '/Users/.search', { body }), 400, 'invalidValue');
  });
  it('sortOrder alone is ignored', async () => {
    expect(await sorted({ sortOrder: 'descending' })).toEqual(await sorted({}));
  });
});

describe('R-155 pages of a sorted list', () => {
  it.each(['ascending', 'descending'])('%s, put together, are the list', async (sortOrder) => {
    for (const sortBy of ['userName', 'title', 'emails.value', 'active']) {
      const whole = await sorted({ sortBy, sortOrder });
      const pages: unknown[] = [];
      for (let start = 1; start <= 4; start++) {
        const page = { sortBy, sortOrder, startIndex: String(start), count: '1' };
        const answer = await list(service, '/Users', page);
        pages.push(...answer.Resources.map(({ userName }) => userName));
      }
      expect(pages, sortBy).toEqual(whole);
    }
  });
  it('of all types', async () => {
    await create(service, '/Groups', { displayName: 'charlie' });
    const { Resources } = await list(service, '/', { sortBy: 'displayName' });
    expect(Resources[0]?.displayName).toBe('charlie');
    const second = await list(service, '/', { sortBy: 'displayName', startIndex: '2', count: '2' });
    expect(second.Resources).toEqual(Resources.slice(1, 3));
  });
});
