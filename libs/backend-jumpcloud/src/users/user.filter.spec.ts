import { expect, it } from 'vitest';
import { compiledFilters, userType } from '#backend-testkit';
import { candidatesOf } from './user.filter.js';

it('R-155 JumpCloud is asked for users as before', async () => {
  const text = compiledFilters((type, filter) =>
    type === userType ? JSON.stringify(candidatesOf(filter), undefined, 2) : undefined,
  );
  await expect(text).toMatchFileSnapshot('compiled/jumpcloud.txt');
});
