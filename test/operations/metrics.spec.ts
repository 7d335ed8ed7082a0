import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BULK, create, USER } from '../support/scim.js';
import { type Service, startService } from '../support/service.js';
import { findTool, missing } from '../support/tools.js';

/** Families that every store has, with or without a broker. */
const ALWAYS = [
  'scim_build_info',
  'scim_http_request_duration_seconds',
  'scim_authentication_failures_total',
  'scim_store_operation_duration_seconds',
  'scim_store_conflicts_total',
  'scim_queries_total',
  'scim_resources',
  'scim_store_notices_total',
  'scim_client_last_used_timestamp_seconds',
  'process_cpu_seconds_total',
  'nodejs_eventloop_lag_p99_seconds',
];

/** What operates it: creations, a conflict, look-ups, a scan, a refusal. */
async function use(service: Service): Promise<void> {
  const { id } = await create(service, '/Users', { schemas: [USER], userName: 'jane' });
  for (const filter of ['userName eq "jane"', 'title co "x" or userName ew "e"']) {
    await service.request('GET', `/Users?filter=${encodeURIComponent(filter)}`);
  }
  await service.request('GET', `/Users/${id}`);
  await service.request('GET', '/Users', { headers: { Authorization: 'Bearer wrong' } });
  await service.request('POST', '/Bulk', { body: { schemas: [BULK], Operations: [] } });
}

async function scrape(service: Service): Promise<string> {
  const answer = await service.request('GET', '/metrics', { headers: { Accept: '*/*' } });
  expect(answer.status).toBe(200);
  return answer.text;
}

const familiesOf = (text: string) =>
  new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));

describe('/metrics', () => {
  it('R-478 is full without a broker', async () => {
    const service = await startService();
    try {
      await use(service);
      const text = await scrape(service);
      expect([...familiesOf(text)]).toEqual(expect.arrayContaining(ALWAYS));
      expect(text).toMatch(
        /scim_http_request_duration_seconds_count\{method="POST",route="\/Users",status="201"\} 1/,
      );
      expect(text).toContain('scim_authentication_failures_total{reason="unknown"} 1');
      expect(text).toMatch(/scim_queries_total\{tenant="default",type="User",answered="\w+"\} 1/);
      expect(text).toMatch(
        /scim_store_operation_duration_seconds_count\{(?=.*type="User")(?=.*operation="create").*outcome="ok".*\} 1/,
      );
      expect(text).not.toContain('jane');
    } finally {
      await service.close();
    }
  });

  it('R-478 shows a tenant nothing of others, and nothing of the process', async () => {
    const service = await startService({
      API_KEY: 'own',
      TENANTS: '{"acme":{"keys":["theirs"]}}',
    });
    try {
      await create(service, '/Users', { schemas: [USER], userName: 'jane' });
      const headers = { Accept: '*/*', Authorization: 'Bearer theirs' };
      const { text } = await service.request('GET', '/metrics', { headers });
      expect(text).not.toMatch(/tenant="default"|process_|scim_http/);
    } finally {
      await service.close();
    }
  });
});

const promtool = findTool('promtool');
describe.skipIf(missing(promtool, 'promtool'))('the dashboard and the alerts', () => {
  let folder: string;
  let service: Service;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'metrics-'));
    service = await startService({ AMQP: 'amqp://127.0.0.1:1' });
    await use(service);
  });
  afterAll(async () => {
    await service.close();
    rmSync(folder, { recursive: true });
  });

  const run = (args: readonly string[], input?: string) =>
    execFileSync(promtool ?? '', args, { encoding: 'utf8', input, stdio: 'pipe' });
  const expressions = (): readonly string[] => {
    const { panels } = JSON.parse(readFileSync('docs/monitoring/dashboard.json', 'utf8')) as {
      panels: readonly { targets: readonly { expr: string }[] }[];
    };
    return panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  };

  it('R-479 a scrape follows the conventions of Prometheus', async () => {
    run(['check', 'metrics'], await scrape(service));
  });

  it('R-479 the rules are rules, and what the dashboard asks are queries', () => {
    run(['check', 'rules', 'docs/monitoring/alerts.yaml']);
    expect(readFileSync('docs/monitoring/alerts.yaml', 'utf8')).toBe(
      readFileSync('helm/alerts.yaml', 'utf8'),
    );
    const rules = expressions().map((expr, i) => ({
      record: `panel:${i}`,
      expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*'),
    }));
    const file = join(folder, 'panels.yaml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
    expect(run(['check', 'rules', file])).toContain(`${rules.length} rules found`);
  });

  it('R-479 they ask for nothing that a scrape does not have', async () => {
    const families = familiesOf(await scrape(service));
    const asked = [...expressions(), readFileSync('docs/monitoring/alerts.yaml', 'utf8')].join(
      '\n',
    );
    const names = new Set(
      [...asked.matchAll(/\b(?:scim|process|nodejs)_\w+/g)].map(([name]) =>
        name.replace(/_(?:bucket|count|sum)$/, ''),
      ),
    );
    expect([...names].filter((name) => !families.has(name))).toEqual([]);
    const explained = readFileSync('docs/monitoring/README.md', 'utf8');
    const own = [...families].filter((name) => name?.startsWith('scim_'));
    expect(own.filter((name) => !explained.includes(`\`${name}\``))).toEqual([]);
  });
});
