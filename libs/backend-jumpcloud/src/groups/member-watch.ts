import { createHash } from 'node:crypto';

/**
 * What the members of groups were when they were last seen here. JumpCloud does not tell that they
 * changed: that others changed them shows once they are read again.
 */
export class MemberWatch {
  /** The members' hashes added up by XOR, so that their order means nothing and changes are cheap. */
  private readonly sums = new Map<string, bigint>();
  /** Odd while this process changes a group's members. */
  private readonly turns = new Map<string, number>();

  /** Whether they were seen, so that it can be told whether they changed. */
  hasSeen(group: string): boolean {
    return this.sums.has(group);
  }

  /** To be asked for before members are read. */
  turn(group: string): number {
    return this.turns.get(group) ?? 0;
  }

  /**
   * Whether members that were read since `turn` are others than this process knew or made them.
   * While it changes them itself that cannot be told, and no.
   */
  changed(group: string, turn: number, members: readonly string[]): boolean {
    if (turn % 2 === 1 || turn !== this.turn(group)) return false;
    const before = this.sums.get(group);
    this.remember(group, members);
    return before !== undefined && before !== this.sums.get(group);
  }

  remember(group: string, members: readonly string[]): void {
    this.sums.set(group, sum(members));
  }

  forget(group: string): void {
    this.sums.delete(group);
  }

  /** Members change by this process: those that `change` says it added or removed. */
  async during<T extends { readonly user: string }>(
    group: string,
    change: () => Promise<readonly T[]>,
  ): Promise<readonly T[]> {
    this.turns.set(group, this.turn(group) + 1);
    try {
      const done = await change();
      const before = this.sums.get(group);
      if (before !== undefined) this.sums.set(group, before ^ sum(done.map(({ user }) => user)));
      return done;
    } catch (error) {
      this.forget(group);
      throw error;
    } finally {
      this.turns.set(group, this.turn(group) + 1);
    }
  }
}

function sum(ids: readonly string[]): bigint {
  return ids.reduce((total, id) => total ^ hash(id), 0n);
}

function hash(id: string): bigint {
  return BigInt(`0x${createHash('sha256').update(id).digest('hex').slice(0, 32)}`);
}
