import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { digestOf } from '../../../scim/src/config/keys.js';
import type { Context } from './context.js';

/** Nobody guesses 256 bits. */
const BYTES = 32;

export function keyCommand({ terminal }: Context): Command {
  const key = new Command('key')
    .summary('make keys')
    .description('Makes keys that open the service.');
  key
    .command('new')
    .summary('a random key and its digest')
    .description(
      'Makes a random key for a client, and the digest that API_KEY_HASHES takes instead.',
    )
    .addHelpText(
      'after',
      `
Examples:
  scimctl key new
  scimctl key new --json | jq -r .sha256`,
    )
    .action(async () => {
      const made = randomBytes(BYTES).toString('base64url');
      const sha256 = digestOf(made);
      await terminal.answer({ key: made, sha256 }, [
        `key     ${made}`,
        `sha256  ${sha256}`,
        'The client gets the key; the service is content with API_KEY_HASHES=<sha256>.',
      ]);
    });
  return key;
}
