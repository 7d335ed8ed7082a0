import type { Connector } from '#backend';
import { registry } from './fixture.js';
import { countOperations } from './starting.js';

/*
 * Opens a store and is killed in the middle: after so many operations, or as soon as it is open.
 */

interface Start {
  readonly module: string;
  readonly connector: string;
  readonly options: unknown;
  readonly operations: number;
}

const { module, connector, options, operations }: Start = JSON.parse(
  process.env.SCIM_TEST_START ?? '',
);
const die = () => process.kill(process.pid, 'SIGKILL');
const library = await import(module);
const opening: Connector = new library[connector](options);
countOperations({ number: operations, act: die });
await opening.open(registry.types);
die();
