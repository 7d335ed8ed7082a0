import type { SecretHandling } from '#scim';
import type { Capabilities } from '../capabilities.js';

const HANDLING: Readonly<Record<Capabilities['secrets'], SecretHandling>> = {
  hashed: 'hash',
  clear: 'leave',
  password: 'pass',
};

/**
 * What is done with secrets before a store gets them.
 * @param dropped the configuration has them thrown away
 */
export function secretHandling({ secrets }: Capabilities, dropped: boolean): SecretHandling {
  return dropped ? 'drop' : HANDLING[secrets];
}
