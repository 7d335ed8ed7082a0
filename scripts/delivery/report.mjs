/** A tool that this machine neither has nor gets: nobody's fault. */
export class Unavailable extends Error {}

/** What a check found: passed, faults of ours, and what this machine could not do. */
export class Report {
  passed = 0;
  faults = [];
  notDone = [];

  /** Counts a statement that holds, or keeps the one that does not. */
  expect(holds, statement, detail = '') {
    if (holds) {
      this.passed += 1;
    } else {
      this.faults.push(detail === '' ? statement : `${statement}\n${indented(detail)}`);
      console.log(`✗ ${statement}`);
    }
    return holds;
  }

  /** Something that needs a tool, or a network, that this machine lacks. */
  cannot(what, why) {
    this.notDone.push(`${what}: ${why}`);
    console.log(`- not done: ${what}: ${why}`);
  }

  /** @returns the exit code */
  close() {
    for (const fault of this.faults) console.log(`\nFAULT ${fault}`);
    if (this.notDone.length > 0) {
      console.log('\nNot done on this machine:');
      for (const line of this.notDone) console.log(`  ${line}`);
    }
    console.log(
      `\n${this.passed} passed, ${this.faults.length} failed, ${this.notDone.length} skipped`,
    );
    return this.faults.length === 0 ? 0 : 1;
  }
}

export function indented(text) {
  const lines = String(text).trim().split('\n');
  return lines
    .slice(-40)
    .map((line) => `  ${line}`)
    .join('\n');
}
