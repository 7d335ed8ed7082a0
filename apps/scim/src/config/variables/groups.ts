import { STORES } from '../stores/stores.js';
import { AccessVariables } from './access.js';
import { EventVariables } from './events.js';
import { secretsOf } from './kinds.js';
import { LimitVariables } from './limits.js';
import { ProtocolVariables } from './protocol.js';
import { namesOf, type VariableGroup } from './read.js';
import { ServerVariables } from './server.js';
import { TokenVariables } from './tokens.js';

/** Every group of variables that the service knows. Nothing else is read. */
export const GROUPS: readonly VariableGroup<object>[] = [
  AccessVariables,
  TokenVariables,
  ServerVariables,
  ProtocolVariables,
  LimitVariables,
  EventVariables,
  ...STORES.map(({ variables }) => variables),
];

/** Variables that may also come from a file. */
export const SECRET_NAMES: readonly string[] = GROUPS.flatMap(secretsOf);

/** Every variable by its name, `<NAME>_FILE` aside. */
export const VARIABLE_NAMES: readonly string[] = GROUPS.flatMap(namesOf);
