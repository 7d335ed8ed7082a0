import { type Backend, uniquenessOf } from '#backend';
import { leaf } from '#scim';
import { userType } from './types.js';

/** Why a test does not apply to a backend, by what it `supports`; undefined: it applies. */
export type Need = (backend: Backend) => string | undefined;

export const givenIds: Need = ({ supports }) =>
  supports.ids === 'given' ? undefined : 'the store gives every id itself';

export const assignedIds: Need = ({ supports }) =>
  supports.ids === 'assigned' ? undefined : 'the store keeps the ids it is given';

export const dangling: Need = ({ supports }) =>
  supports.dangling ? undefined : 'relations name nothing that does not exist';

export const noDangling: Need = ({ supports }) =>
  supports.dangling ? 'relations may name what does not exist' : undefined;

export const nestedGroups: Need = ({ supports }) =>
  nestsGroups(supports.nested) ? undefined : 'the store keeps no group within a group';

export const noNestedGroups: Need = ({ supports }) =>
  nestsGroups(supports.nested) ? 'the store keeps groups within groups' : undefined;

export const compareAndSet: Need = ({ supports }) =>
  supports.cas === 'none' ? 'the store cannot compare-and-set' : undefined;

/** Changes of members at once lose nothing: the store does them itself, or compares versions. */
export const safeDeltas: Need = (backend) =>
  backend.store(userType).applyDelta === undefined ? compareAndSet(backend) : undefined;

export const largestValue: Need = ({ supports }) =>
  Number.isFinite(supports.largestValue) ? undefined : 'values may have any length';

/** A text of this many bytes can be kept. */
export const keepsBytes =
  (bytes: number): Need =>
  ({ supports }) =>
    bytes <= supports.largestValue
      ? undefined
      : `values have ${supports.largestValue} bytes at most`;

/** Somebody keeps this attribute of users unique. */
export const unique =
  (path: string): Need =>
  ({ supports }) => {
    const found = userType.unique.find((one) => leaf(one).path === path);
    const kept = found !== undefined && uniquenessOf(supports, userType, found) !== 'none';
    return kept ? undefined : `nobody keeps ${path} unique`;
  };

export function nestsGroups(nested: Backend['supports']['nested']): boolean {
  return nested === 'all' || nested.includes('Group.members');
}
