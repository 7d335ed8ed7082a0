import { hkdfSync } from 'node:crypto';

/** Days for which tokens of an earlier key are still taken. */
const OVERLAP = 1;
const DAY_MS = 24 * 60 * 60 * 1000;
const KEY_BYTES = 32;

/**
 * Keys that the service's own tokens are signed with: a new one every day, made from the secret
 * that all instances share. Nobody but the service checks these tokens, so the keys are symmetric.
 */
export class SigningKeys {
  constructor(private readonly secret: () => string) {}

  /** Of tokens made now. @param now ms */
  current(now: number): { readonly id: string; readonly key: Uint8Array } {
    const day = Math.floor(now / DAY_MS);
    return { id: String(day), key: this.ofDay(day) };
  }

  /** By the name in a token; undefined where it is too old or from the future. @param now ms */
  find(id: string | undefined, now: number): Uint8Array | undefined {
    const today = Math.floor(now / DAY_MS);
    if (id === undefined || !/^\d{1,9}$/.test(id)) return undefined;
    const day = Number(id);
    return day >= today - OVERLAP && day <= today + OVERLAP ? this.ofDay(day) : undefined;
  }

  private ofDay(day: number): Uint8Array {
    const info = `access tokens of day ${day}`;
    return new Uint8Array(hkdfSync('sha256', this.secret(), '', info, KEY_BYTES));
  }
}
