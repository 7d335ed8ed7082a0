import { describe, expect, it } from 'vitest';
import { listResponse, shownPage } from './shown-page.js';

describe('shownPage', () => {
  const never = () => {
    throw new Error('nothing to report');
  };
  const show = (id: string) => ({ id });

  it('R-333 ends at the budget, after one resource at least', () => {
    const each = Buffer.byteLength('{"id":"é"}');
    const found = ['é', 'é', 'é'];
    expect(shownPage(found, show, each * 3, never)).toMatchObject({ isCut: false });
    const two = shownPage(['a', 'b', 'c'], show, 20, never);
    expect(two).toEqual({ texts: ['{"id":"a"}', '{"id":"b"}'], last: 'b', isCut: true });
    expect(shownPage(found, show, each * 3 - 1, never)).toMatchObject({ isCut: true });
    expect(shownPage(found, show, 1, never).texts).toEqual(['{"id":"é"}']);
    expect(shownPage([], show, 1, never)).toEqual({ texts: [], last: undefined, isCut: false });
  });

  it('R-335 passes over what cannot be shown, and reports it', () => {
    const reported: string[] = [];
    const odd = (id: string) => {
      if (id === 'b' || id === 'c') throw new URIError('URI malformed');
      return { id };
    };
    const page = shownPage(['a', 'b', 'c'], odd, 100, (id) => void reported.push(id));
    expect(page).toEqual({ texts: ['{"id":"a"}'], last: 'c', isCut: false });
    expect(reported).toEqual(['b', 'c']);
  });
});

it('R-098 a ListResponse is one message, with paging where it is told', () => {
  const text = listResponse(7, ['{"id":"a"}', '{"id":"b"}'], { startIndex: 3 });
  expect(JSON.parse(text)).toEqual({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults: 7,
    itemsPerPage: 2,
    startIndex: 3,
    Resources: [{ id: 'a' }, { id: 'b' }],
  });
  expect(JSON.parse(listResponse(0, [], {}))).toMatchObject({ itemsPerPage: 0, Resources: [] });
});
