/**
 * `npm run check:delivery`: the chart, the compose file, the workflows and the image, checked as far
 * as this machine can. What it cannot do it says; only faults of ours fail. With names, such as
 * `chart image`, only those parts.
 */
import { checkChart } from './chart.mjs';
import { checkCompose } from './compose.mjs';
import { checkImage } from './image.mjs';
import { Report, Unavailable } from './report.mjs';
import { checkWorkflows } from './workflows.mjs';

const PARTS = {
  chart: checkChart,
  compose: checkCompose,
  workflows: checkWorkflows,
  image: checkImage,
};

const asked = process.argv.slice(2);
const report = new Report();
for (const [name, check] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const start = performance.now();
  console.log(`\n== ${name}`);
  try {
    await check(report);
  } catch (error) {
    if (error instanceof Unavailable) report.cannot(name, error.message);
    else report.expect(false, `${name} can be checked`, error.stack);
  }
  console.log(`   ${Math.round((performance.now() - start) / 1000)} s`);
}
process.exitCode = report.close();
