import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { libraries, library, ROOT } from './tools.mjs';

/** Packages of types beside Kubernetes' own, by API group. */
const EXTENSIONS = {
  'argoproj.io': '@kubernetes-models/argo-cd',
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
};

/** The module that has the type of a manifest. */
function moduleOf({ apiVersion, kind }) {
  const extension = EXTENSIONS[apiVersion.split('/')[0]];
  return extension === undefined
    ? `kubernetes-models/${apiVersion}/${kind}`
    : `${extension}/${apiVersion}`;
}

/** What is wrong with a manifest: by its schema, and by our own rules. */
export async function manifestFaults(document) {
  const { [document.kind]: Model } = await library(moduleOf(document));
  const faults = [];
  try {
    new Model(document).validate();
  } catch (error) {
    faults.push(error.message);
  }
  const { name } = document.metadata ?? {};
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) faults.push(`its name is ${name}`);
  const pod = document.kind === 'Pod' ? document.spec : document.spec?.template?.spec;
  return pod === undefined ? faults : [...faults, ...restrictedFaults(pod)];
}

/** The "restricted" level of the Pod Security Standards, and secrets in Secrets only. */
function restrictedFaults(pod) {
  const faults = [];
  const must = (holds, rule) => holds || faults.push(rule);
  const { securityContext: own = {}, volumes = [] } = pod;
  must(own.runAsNonRoot === true && own.runAsUser > 0, 'it may run as root');
  must(own.seccompProfile?.type === 'RuntimeDefault', 'it has no seccomp profile');
  must(!pod.hostNetwork && !pod.hostPID && !pod.hostIPC, 'it shares namespaces of the host');
  must(pod.automountServiceAccountToken === false, 'it gets a token of the cluster');
  must(!volumes.some(({ hostPath }) => hostPath), 'it mounts folders of the host');
  for (const {
    name,
    securityContext = {},
    env = [],
    volumeMounts = [],
    resources,
  } of pod.containers) {
    must(securityContext.allowPrivilegeEscalation === false, `${name} may gain privileges`);
    must(securityContext.capabilities?.drop?.includes('ALL'), `${name} keeps capabilities`);
    must(securityContext.readOnlyRootFilesystem === true, `${name} may write to its image`);
    must(resources?.requests && resources.limits?.memory, `${name} has no requests or limits`);
    const names = env.map((variable) => variable.name);
    must(new Set(names).size === names.length, `${name} has a variable twice: ${names}`);
    for (const variable of env) {
      const isSecret = /API_KEY|PASSWORD|SECRET|^TENANTS$|_KEY$|^DATABASE_URL$|^MONGO_DB$|^AMQP$/;
      const shown = variable.value !== undefined && variable.value !== '/tls/tls.key';
      must(!(shown && isSecret.test(variable.name)), `${name} shows ${variable.name}`);
    }
    const known = new Set(volumes.map((volume) => volume.name).concat('data'));
    for (const mount of volumeMounts) {
      must(known.has(mount.name), `${name} mounts ${mount.name}, which is no volume`);
    }
  }
  return faults;
}

/**
 * What TypeScript says of the manifests, written as literals of Kubernetes' types: misspelt fields,
 * which the schemas let through.
 */
export async function typeFaults(documents) {
  const folder = join(libraries(), 'manifests');
  mkdirSync(folder, { recursive: true });
  const types = new Map();
  const constants = documents.map((document, i) => {
    const alias = `${document.kind}Of${moduleOf(document).replaceAll(/\W/g, '_')}`;
    types.set(alias, `import type { I${document.kind} as ${alias} } from '${moduleOf(document)}';`);
    return `export const document${i}: ${alias} = ${JSON.stringify(document, null, 2)};`;
  });
  writeFileSync(
    join(folder, 'manifests.ts'),
    `${[...new Set(types.values())].join('\n')}\n\n${constants.join('\n\n')}\n`,
  );
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        target: 'es2022',
        module: 'esnext',
        moduleResolution: 'bundler',
        types: [],
      },
    }),
  );
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { ok, out, err } = run(process.execPath, [compiler, '-p', folder], { timeout: 180_000 });
  return ok ? '' : out + err;
}
