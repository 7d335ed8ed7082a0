import { writeSync } from 'node:fs';
import type { ResourceStore, Stored } from '#backend';
import { after, groupOf, type Lane, nextOperation, type Operation } from './lane.js';
import { delta, groupDraft, Scratch, userDraft } from './scratch.js';

/*
 * Writes without end into the folder of the first argument until it is killed, and says before and
 * after each operation what it does. The second argument holds the lanes as they are.
 */

const [root = '', lanes = '[]'] = process.argv.slice(2);
const { users, groups } = await new Scratch(root).open({ settleAfter: 3, watch: true });

/** At once, since nothing is flushed for a process that is killed. */
function say(line: unknown): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

async function run(number: number, start: Lane): Promise<never> {
  let lane = start;
  const now = () => new Date().toISOString();
  for (let count = 0; ; count++) {
    const operation = nextOperation(lane, number, Date.now() * 1000 + count);
    say({ lane: number, operation });
    await perform(number, operation, now());
    say({ lane: number });
    lane = after(lane, operation);
  }
}

async function perform(number: number, operation: Operation, now: string): Promise<unknown> {
  const group = groupOf(number);
  switch (operation.do) {
    case 'create-user':
      return users.put(
        { ...userDraft(operation.user, { title: 'new' }), id: operation.user },
        { now },
      );
    case 'change-user': {
      const user = await existing(users, operation.user);
      const ifVersion = user.meta.version;
      return users.put({ ...user, title: operation.title }, { ifVersion, now });
    }
    case 'delete-user':
      return users.delete(operation.user, { now });
    case 'rename-group': {
      const stored = await existing(groups, group);
      const context = { ifVersion: stored.meta.version, keep: ['members'], now };
      return groups.put({ ...stored, displayName: operation.name }, context);
    }
    case 'replace-group': {
      const { meta } = await existing(groups, group);
      const draft = { ...groupDraft(operation.name, operation.members), id: group };
      return groups.put(draft, { ifVersion: meta.version, targets: 'exist', now });
    }
    case 'change-members': {
      const deltas = delta(operation.add, operation.remove);
      return groups.applyDelta?.(group, deltas, { targets: 'exist', now });
    }
  }
}

async function existing(store: ResourceStore, id: string): Promise<Stored> {
  const stored = await store.get(id);
  if (stored === undefined) throw new Error(`${id} is lost`);
  return stored;
}

await Promise.all((JSON.parse(lanes) as Lane[]).map((lane, number) => run(number, lane)));
