import { afterAll, beforeAll } from 'vitest';
import { type Service, startService } from './service.js';

/**
 * The service that the tests of a file, or of a `describe`, talk to: started before the first of
 * them and stopped after the last.
 * @param env what `startService` takes
 */
export function describeService(env: Readonly<Record<string, string>> = {}): Service {
  let started: Service | undefined;
  beforeAll(async () => {
    started = await startService(env);
  });
  afterAll(() => started?.close());
  const running = (): Service => {
    if (started === undefined) throw new Error('the service runs during tests only');
    return started;
  };
  return {
    get url() {
      return running().url;
    },
    get dataPath() {
      return running().dataPath;
    },
    get signIn() {
      return running().signIn;
    },
    get documentCheck() {
      return running().documentCheck;
    },
    get log() {
      return running().log;
    },
    request: (...parameters) => running().request(...parameters),
    close: () => running().close(),
  };
}
