/**
 * What the crash test does and what must come of it, as plain data: a lane is one group and some
 * users of its own, changed by one operation after another.
 */
export type Operation =
  | { readonly do: 'create-user'; readonly user: string }
  | { readonly do: 'change-user'; readonly user: string; readonly title: string }
  | { readonly do: 'delete-user'; readonly user: string }
  | { readonly do: 'rename-group'; readonly name: string }
  | { readonly do: 'replace-group'; readonly name: string; readonly members: readonly string[] }
  | {
      readonly do: 'change-members';
      readonly add: readonly string[];
      readonly remove: readonly string[];
    };

export interface Lane {
  /** Titles by id. */
  readonly users: Readonly<Record<string, string>>;
  readonly group: { readonly name: string; readonly members: readonly string[] };
}

export const EMPTY_LANE: Lane = { users: {}, group: { name: 'new', members: [] } };

export function groupOf(lane: number): string {
  return `group-${lane}`;
}

/** The lane after the operation. */
export function after(lane: Lane, operation: Operation): Lane {
  const { users, group } = lane;
  switch (operation.do) {
    case 'create-user':
      return { users: { ...users, [operation.user]: 'new' }, group };
    case 'change-user':
      return { users: { ...users, [operation.user]: operation.title }, group };
    case 'delete-user': {
      const { [operation.user]: _, ...rest } = users;
      const members = group.members.filter((member) => member !== operation.user);
      return { users: rest, group: { ...group, members } };
    }
    case 'rename-group':
      return { users, group: { ...group, name: operation.name } };
    case 'replace-group':
      return { users, group: { name: operation.name, members: [...operation.members].sort() } };
    case 'change-members': {
      const members = new Set(group.members);
      for (const member of operation.remove) members.delete(member);
      for (const member of operation.add) members.add(member);
      return { users, group: { ...group, members: [...members].sort() } };
    }
  }
}

/** Some operation that the lane allows. */
export function nextOperation(lane: Lane, number: number, count: number): Operation {
  const ids = Object.keys(lane.users);
  const user = ids[Math.floor(Math.random() * ids.length)];
  const create: Operation = { do: 'create-user', user: `user-${number}-${count}` };
  if (user === undefined || ids.length < 3) return create;
  const title = `title ${count}`;
  const some = ids.filter(() => Math.random() < 0.5);
  const choices: readonly Operation[] = [
    create,
    { do: 'change-user', user, title },
    { do: 'delete-user', user },
    { do: 'rename-group', name: title },
    { do: 'replace-group', name: title, members: some },
    { do: 'change-members', add: some, remove: ids.filter((id) => !some.includes(id)) },
    { do: 'change-members', add: [user], remove: [] },
    { do: 'change-members', add: [], remove: [user] },
  ];
  return choices[Math.floor(Math.random() * choices.length)] ?? create;
}
