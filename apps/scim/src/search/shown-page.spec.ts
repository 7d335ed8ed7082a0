import { describe, expect, it } from 'vitest';
import { listResponse, shownPage } from './shown-page.js';

describe('shownPage', () => {
  const report = () => {
    throw new Error('nothing to report');
  };
  const show = (id: string) => ({ id });

  it('R-333 ends at the budget, after one resource at least', async () => {
    const each = Buffer.byteLength('{"id":"é"}');
    const found = ['é', 'é', 'é'];
    const page = (most: number, of = found) => shownPage(of, { show, report }, most);
    expect(await page(each * 3)).toMatchObject({ isCut: false });
    const two = await page(20, ['a', 'b', 'c']);
    expect(two).toEqual({ resources: [['{"id":"a"}'], ['{"id":"b"}']], last: 'b', isCut: true });
    expect(await page(each * 3 - 1)).toMatchObject({ isCut: true });
    expect((await page(1)).resources).toEqual([['{"id":"é"}']]);
    expect(await page(1, [])).toEqual({ resources: [], last: undefined, isCut: false });
  });

  it('R-335 passes over what cannot be shown, and reports it', async () => {
    const reported: string[] = [];
    const odd = (id: string) => {
      if (id === 'b' || id === 'c') throw new URIError('URI malformed');
      return { id };
    };
    const showing = { show: odd, report: (id: string) => void reported.push(id) };
    const page = await shownPage(['a', 'b', 'c'], showing, 100);
    expect(page).toEqual({ resources: [['{"id":"a"}']], last: 'c', isCut: false });
    expect(reported).toEqual(['b', 'c']);
  });

  it('R-342 loads no more of what is large than fits; what is gone is covered', async () => {
    const found = Array.from({ length: 100 }, (_, i) => ({ id: `${i}`, text: '' }));
    const loads = async (bytes: number, most: number) => {
      const loaded: number[] = [];
      const load = async (some: readonly (typeof found)[number][]) => {
        loaded.push(some.length);
        const whole = some.map((one) => [one, { ...one, text: 'x'.repeat(bytes) }] as const);
        return new Map(whole.filter(([{ id }]) => id !== '1'));
      };
      const { resources, last } = await shownPage(
        found,
        { load, show: (one) => one, report },
        most,
      );
      return { loaded, shown: resources.length, last: last?.id };
    };
    expect(await loads(10, 1_000_000)).toEqual({ loaded: [2, 16, 82], shown: 99, last: '99' });
    expect(await loads(600_000, 1_000_000)).toEqual({ loaded: [2, 2], shown: 1, last: '1' });
    expect(await loads(2_000_000, 1_000_000)).toEqual({ loaded: [2], shown: 1, last: '0' });
  });
});

it('R-098 a ListResponse is one message, with paging where it is told', () => {
  const message = (...parameters: Parameters<typeof listResponse>) =>
    JSON.parse(listResponse(...parameters).join(''));
  const expected = {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults: 7,
    itemsPerPage: 2,
    startIndex: 3,
    Resources: [{ id: 'a' }, { id: 'b' }],
  };
  expect(message(7, [['{"id":"a"}'], ['{"id":"b"}']], { startIndex: 3 })).toEqual(expected);
  expect(message(7, [['{"id":', '"a"}'], ['{"id":"b"}']], { startIndex: 3 })).toEqual(expected);
  expect(message(0, [], {})).toMatchObject({ itemsPerPage: 0, Resources: [] });
});
