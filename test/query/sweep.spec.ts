import { describe, expect, it } from 'vitest';
import { create } from '../support/scim.js';
import { whyNot } from '../support/scratch.js';
import { type Service, startService } from '../support/service.js';
import { TEST_STORES } from '../support/stores/list.js';

/** Stores whose lists can be entered anywhere. */
const STORES = [
  { name: 'flat files', programs: [], start: async () => undefined },
  ...TEST_STORES.filter(({ name }) => ['sqlite', 'postgres', 'mariadb', 'mongo'].includes(name)),
];

interface Page {
  readonly totalResults: number;
  readonly startIndex: number;
  readonly Resources: readonly { readonly id: string; readonly userName: string }[];
}

async function pageOf(service: Service, startIndex: number, query = ''): Promise<Page> {
  const answer = await service.request('GET', `/Users?startIndex=${startIndex}&count=7${query}`);
  expect(answer.status, answer.text).toBe(200);
  return answer.json<Page>();
}

/** Reads a list until it has as many as the total says; `meanwhile` happens after each page. */
async function sweep(
  service: Service,
  query: string,
  meanwhile: (page: Page) => Promise<void>,
): Promise<readonly string[]> {
  const names: string[] = [];
  for (let startIndex = 1; ; ) {
    const page = await pageOf(service, startIndex, query);
    names.push(...page.Resources.map(({ userName }) => userName));
    startIndex += page.Resources.length;
    if (names.length === page.totalResults) return names;
    await meanwhile(page);
  }
}

describe.each(STORES)('R-512 a sweep by startIndex, $name', ({ programs, start }) => {
  it.skipIf(whyNot(...programs) !== undefined).each(['', '&sortBy=userName&sortOrder=descending'])(
    'meets whatever stays exactly once, while others write %s',
    async (query) => {
      const store = await start();
      const service = await startService({ ...store?.env });
      try {
        const all: string[] = [];
        for (let i = 0; i < 40; i++) {
          const userName = `sweep-${String(i).padStart(2, '0')}`;
          await create(service, '/Users', { userName });
          all.push(userName);
        }
        const gone = new Set<string>();
        let pages = 0;
        const met = await sweep(service, query, async ({ Resources }) => {
          // What was met goes, two of each page: by index alone the next page would start too late.
          for (const { id, userName } of Resources.slice(2, 4)) {
            expect((await service.request('DELETE', `/Users/${id}`)).status).toBe(204);
            gone.add(userName);
          }
          pages += 1;
        });
        expect(pages).toBeGreaterThan(3);
        expect([...met].sort()).toEqual(all);
        expect(new Set(met).size).toBe(met.length);
        // A list at rest is what it is, however it was read before.
        const rest = all.filter((name) => !gone.has(name));
        expect([...(await sweep(service, query, async () => undefined))].sort()).toEqual(rest);
        const order = await sweep(service, query, async () => undefined);
        const tenth = await pageOf(service, 10, query);
        expect(tenth.Resources.map(({ userName }) => userName)).toEqual(order.slice(9, 16));
        expect(tenth.startIndex).toBe(10);
        const none = await service.request('GET', `/Users?startIndex=8&count=0${query}`);
        expect(none.json<Page>().totalResults).toBe(rest.length);
      } finally {
        await service.close();
        await store?.remove();
      }
    },
  );
});
