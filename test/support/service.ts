import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynamicModule } from '@nestjs/common';
import { expect } from 'vitest';
import { BACKEND, type Connector } from '#backend';
import { createApplication } from '../../apps/scim/src/application.js';
import { readConfiguration } from '../../apps/scim/src/config/configuration.js';
import { loadRegistry } from '../../apps/scim/src/config/schema-files.js';
import { openApiDocument } from '../../apps/scim/src/http/openapi/document.js';
import { createLogger } from '../../apps/scim/src/operations/logger.js';
import { shutDown } from '../../apps/scim/src/operations/shutdown.js';
import { DocumentCheck } from './document-check.js';
import { testStore } from './stores/list.js';
import type { TestStore } from './stores/test-store.js';

/** Key of services that a test starts without saying another one. */
export const TEST_KEY = 'test-key';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; undefined where there is none, or none in JSON. */
  readonly body: unknown;
  /** The body, in the form that the caller expects; its assertions prove that form. */
  json<T>(): T;
}

export interface SentRequest {
  /** Sent as JSON, unless it is a string, which is sent as it is. */
  readonly body?: unknown;
  /** Over the usual ones; null leaves one out. */
  readonly headers?: Readonly<Record<string, string | null>>;
}

export interface Service {
  /** Signs in to the store; undefined where nobody does. */
  readonly signIn?: TestStore['signIn'];
  /** Address of the service, with BASE_PATH; no slash at the end. */
  readonly url: string;
  /** Folder of the data. */
  readonly dataPath: string;
  /** What was logged so far, one object a line. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  /** Compares every answer with the OpenAPI document; undefined where that is not done. */
  readonly documentCheck?: DocumentCheck | undefined;
  /** Sends a request with the first key of API_KEY, if there is one, and the SCIM media type. */
  request(method: string, path: string, request?: SentRequest): Promise<Answer>;
  /** Stops the service; data in a folder of its own go with it. */
  close(): Promise<void>;
}

/**
 * Starts the service in this process, on a free port, with data in a temporary folder.
 * @param open gives a backend instead of the configured one, for failures that no real one has
 */
export async function startService(
  env: Readonly<Record<string, string>> = {},
  open?: Connector['open'],
): Promise<Service> {
  const own = env.DATA_PATH === undefined;
  const store = own && open === undefined ? await testStore() : undefined;
  const dataPath = env.DATA_PATH ?? (await mkdtemp(join(tmpdir(), 'scim-')));
  const hasKeys = [env.API_KEY, env.API_KEY_FILE, env.TENANTS].some((keys) => keys !== undefined);
  const keys = env.API_KEY ?? (hasKeys ? undefined : TEST_KEY);
  const configuration = readConfiguration({
    HOST: '127.0.0.1',
    PORT: '0',
    ...(keys === undefined ? {} : { API_KEY: keys }),
    ...store?.env,
    ...env,
    DATA_PATH: dataPath,
  });
  const log: Record<string, unknown>[] = [];
  const logger = createLogger(configuration.logLevel, {
    write: (line: string) => void log.push(JSON.parse(line)),
  });
  const registry = loadRegistry(configuration);
  const app = await createApplication({
    configuration,
    registry,
    logger,
    ...(open === undefined ? {} : { chooseBackend: async () => providing({ open }) }),
  });
  await app.listen(configuration.port, configuration.host);
  const { port } = app.getHttpServer().address() as AddressInfo;
  const scheme = configuration.tls === undefined ? 'http' : 'https';
  const url = `${scheme}://127.0.0.1:${port}${configuration.basePath}`;
  const documentCheck = isCompared()
    ? new DocumentCheck(openApiDocument(app, configuration, registry))
    : undefined;
  return {
    ...(store?.signIn === undefined ? {} : { signIn: store.signIn }),
    documentCheck,
    url,
    dataPath,
    log,
    request: async (method, path, request = {}) => {
      const answer = await send(`${url}${path}`, method, request, keys);
      const problems = documentCheck?.problems(method, path, answer) ?? [];
      expect(
        problems,
        `${method} ${path.slice(0, 100)} ${answer.status}: ${answer.text.slice(0, 500)}`,
      ).toEqual([]);
      return answer;
    },
    close: async () => {
      await shutDown(app);
      await store?.remove();
      if (own) await rm(dataPath, { recursive: true, force: true });
    },
  };
}

/** Whether this file is one of those whose answers are compared with the OpenAPI document. */
function isCompared(): boolean {
  return COMPARED.test(expect.getState().testPath ?? '');
}

const COMPARED =
  /\/test\/(resources|patch|query)\/|\/test\/operations\/(answers|discovery|health)\.spec|\/test\/security\/(auth|limits|oidc|privacy)\.spec/;

async function send(
  url: string,
  method: string,
  { body, headers }: SentRequest,
  keys: string | undefined,
): Promise<Answer> {
  const sent = new Headers({
    Accept: 'application/scim+json',
    ...(keys === undefined ? {} : { Authorization: `Bearer ${keys.split(',')[0]?.trim()}` }),
    ...(body === undefined ? {} : { 'Content-Type': 'application/scim+json' }),
  });
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value === null) sent.delete(name);
    else sent.set(name, value);
  }
  const response = await fetch(url, {
    method,
    headers: sent,
    redirect: 'manual',
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const { status, headers: received } = response;
  const content = parsed(text);
  return { status, headers: received, text, body: content, json: <T>() => content as T };
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function providing(connector: Connector): DynamicModule {
  return {
    module: class TestBackendModule {},
    providers: [{ provide: BACKEND, useValue: connector }],
    exports: [BACKEND],
  };
}
