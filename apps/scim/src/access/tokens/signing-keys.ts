import { hkdfSync } from 'node:crypto';

/** Days for which tokens of an earlier key are still taken. */
const OVERLAP = 1;
const DAY_MS = 24 * 60 * 60 * 1000;
const KEY_BYTES = 32;
const NAME_BYTES = 6;

/**
 * Keys that the service's own tokens are signed with: a new one every day, made from the secret
 * that all instances share. Nobody but the service checks these tokens, so the keys are symmetric.
 */
export class SigningKeys {
  /** @param secrets the first one signs, all of them check */
  constructor(private readonly secrets: () => readonly [string, ...string[]]) {}

  /** Of tokens made now. @param now ms */
  current(now: number): { readonly id: string; readonly key: Uint8Array } {
    const day = Math.floor(now / DAY_MS);
    const [secret] = this.secrets();
    return { id: `${day}.${nameOf(secret)}`, key: signingKey(secret, day) };
  }

  /** By the name in a token; undefined where it is too old or from the future. @param now ms */
  find(id: string | undefined, now: number): Uint8Array | undefined {
    const today = Math.floor(now / DAY_MS);
    const [, number, name] = /^(\d{1,9})\.([\w-]+)$/.exec(id ?? '') ?? [];
    const secret = this.secrets().find((one) => nameOf(one) === name);
    if (number === undefined || secret === undefined) return undefined;
    const day = Number(number);
    return day >= today - OVERLAP && day <= today + OVERLAP ? signingKey(secret, day) : undefined;
  }
}

function signingKey(secret: string, day: number): Uint8Array {
  return derived(secret, `access tokens of day ${day}`, KEY_BYTES);
}

/** Tells secrets apart, and nothing of them. */
function nameOf(secret: string): string {
  return Buffer.from(derived(secret, 'name of access tokens', NAME_BYTES)).toString('base64url');
}

function derived(secret: string, purpose: string, bytes: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', purpose, bytes));
}
