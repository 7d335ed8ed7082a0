import { Gate } from './gate.js';

/** One after another for each key, so that those who wait for the same thing hold no connection. */
export class Turns {
  private readonly gates = new Map<string, { readonly gate: Gate; users: number }>();

  /** @param patience how long to wait for a turn, in ms */
  constructor(private readonly patience: number) {}

  /** @throws BackendError `unavailable` when its turn did not come in time */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = this.gates.get(key) ?? { gate: new Gate(1, this.patience), users: 0 };
    this.gates.set(key, turn);
    turn.users += 1;
    try {
      return await turn.gate.run(work);
    } finally {
      turn.users -= 1;
      if (turn.users === 0) this.gates.delete(key);
    }
  }
}
