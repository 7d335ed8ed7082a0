import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command.mjs';
import { manifestFaults, typeFaults } from './manifests.mjs';
import { helms, library, ROOT } from './tools.mjs';

const CHART = join(ROOT, 'helm');
const RELEASE = ['release', CHART, '--namespace', 'identity'];

/** The chart: linted, rendered with every file of helm/ci, and what it refuses refused. */
export async function checkChart(report) {
  const programs = helms();
  const variants = files(join(CHART, 'ci'));
  const rendered = new Map();
  for (const { name, path } of programs) {
    for (const { file, path: values } of variants) {
      const lint = run(path, ['lint', '--strict', CHART, '--values', values]);
      report.expect(lint.ok, `helm ${name} lints the chart with ${file}`, lint.out + lint.err);
      const { ok, out, err } = run(path, ['template', ...RELEASE, '--values', values]);
      if (!report.expect(ok, `helm ${name} renders ${file}`, err)) continue;
      const others = rendered.get(file) ?? new Map();
      rendered.set(file, others.set(out.trim(), name));
    }
    for (const { file, path: values } of files(join(CHART, 'ci', 'refused'))) {
      const [, reason = '$^'] = /^# refused: (.*)/.exec(readFileSync(values, 'utf8')) ?? [];
      const { ok, err } = run(path, ['template', ...RELEASE, '--values', values]);
      const said = new RegExp(reason).test(err.replaceAll(/\s+/g, ' '));
      report.expect(
        !ok && said,
        `helm ${name} refuses ${file} for "${reason}"`,
        err || 'it is rendered',
      );
    }
    checkPackage(report, name, path);
  }
  await checkApplication(report, programs, rendered);
  await checkManifests(report, rendered);
  await checkReadme(report);
}

/** Every value is explained, by its whole path or, below `backend`, by its last name. */
async function checkReadme(report) {
  const { parse } = await library('yaml');
  const readme = readFileSync(join(CHART, 'README.md'), 'utf8');
  for (const path of paths(parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')))) {
    const names = [path, path.replace(/^backend\.\w+/, '')];
    const isExplained = names.some((name) => readme.includes(`\`${name}`));
    report.expect(isExplained || path.endsWith('.existingSecretKey'), `README.md explains ${path}`);
  }
}

/** Values whose members are Kubernetes' own or free, and explained as a whole. */
const WHOLE = /^(?:resources|\w*[pP]robe|\w*[sS]ecurityContext)$/;

function paths(value, path = '') {
  const isGroup = value !== null && typeof value === 'object' && !Array.isArray(value);
  if (!isGroup || Object.keys(value).length === 0 || WHOLE.test(path)) return [path];
  return Object.entries(value).flatMap(([name, inner]) =>
    paths(inner, path === '' ? name : `${path}.${name}`),
  );
}

/** argocd/application.yaml: what Argo CD is told, and what the chart makes of its values. */
async function checkApplication(report, programs, rendered) {
  const { parse, stringify } = await library('yaml');
  const text = readFileSync(join(ROOT, 'argocd', 'application.yaml'), 'utf8');
  const { source, syncPolicy } = parse(text).spec;
  const { prune, selfHeal } = syncPolicy.automated;
  report.expect(prune === true && selfHeal === true, 'Argo CD prunes and heals');
  report.expect(source.path === 'helm', 'Argo CD reads the chart');
  rendered.set('argocd/application.yaml', new Map([[text, 'none']]));
  for (const { name, path } of programs) {
    const values = stringify(source.helm.valuesObject ?? {});
    const { ok, err } = run(path, ['template', ...RELEASE, '--values', '-'], { input: values });
    report.expect(ok, `helm ${name} renders the chart as Argo CD does`, err);
  }
}

/** What `helm package` makes of it is what gets published: it has to install, without our tests. */
function checkPackage(report, name, helm) {
  const folder = mkdtempSync(join(tmpdir(), 'chart-'));
  try {
    const { ok, err } = run(helm, ['package', CHART, '--destination', folder]);
    const [archive = ''] = readdirSync(folder);
    if (!report.expect(ok, `helm ${name} packages the chart`, err)) return;
    const { out } = run('tar', ['tzf', join(folder, archive)]);
    report.expect(!/\/ci\//.test(out), 'the package holds no values of tests', out);
    const shown = run(helm, ['show', 'readme', join(folder, archive)]);
    report.expect(shown.out.includes('auth.existingSecret'), 'the package explains its values');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function checkManifests(report, rendered) {
  const { parseAllDocuments } = await library('yaml');
  const documents = [];
  for (const [file, outputs] of rendered) {
    for (const [text, helm] of outputs) {
      for (const parsed of parseAllDocuments(text)) {
        const wrong = [...parsed.errors, ...parsed.warnings].map(String).join('\n');
        report.expect(wrong === '', `helm ${helm}'s ${file} is YAML`, wrong);
        const document = parsed.toJS();
        if (document) documents.push({ where: `${file} (helm ${helm})`, document });
      }
    }
  }
  for (const { where, document } of documents) {
    const faults = await manifestFaults(document);
    const what = `${where}: ${document.kind} ${document.metadata?.name}`;
    report.expect(
      faults.length === 0,
      `${what} is valid, named and unprivileged`,
      faults.join('\n'),
    );
  }
  const faults = await typeFaults(documents.map(({ document }) => document));
  report.expect(
    faults === '',
    'all manifests have the types of Kubernetes, and no other field',
    faults,
  );
}

function files(folder) {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => ({ file, path: join(folder, file) }));
}
