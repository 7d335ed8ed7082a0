import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { invalidCount, invalidCursor, ScimError } from '../errors.js';
import type { Json } from '../json.js';
import type { Position } from './position.js';

const CIPHER = 'aes-256-gcm';
const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES + TAG_BYTES;
/** Longer texts are no cursors of ours; sort keys can be long, so the limit is generous. */
const MAX_LENGTH = 65_536;

/** What a cursor remembers. */
export interface CursorPayload {
  readonly position: Position;
  /** `queryFingerprint` of everything that must stay the same from page to page. */
  readonly query: string;
  /** The page size asked for. */
  readonly count: number;
  /** When the page was made, milliseconds since 1970. */
  readonly issued: number;
}

/** What a request with a cursor must agree with. */
export interface CursorExpectation {
  readonly query: string;
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly timeoutSeconds: number;
}

/**
 * Makes and reads the cursors of RFC 9865. Nothing is remembered: a cursor is its own position,
 * encrypted and authenticated, so it survives restarts and every replica with the same secrets reads
 * it. All ways in which a cursor can be wrong are told apart only as far as RFC 9865 §2.1 does.
 */
export class CursorSealer {
  private readonly keys: readonly Buffer[];
  private readonly sealingKey: Buffer;

  /**
   * @param secrets the first one seals, all of them open, so that they can be exchanged
   * @throws Error when there is none, or an empty one
   */
  constructor(secrets: readonly string[]) {
    this.keys = secrets.map(deriveKey);
    const [first] = this.keys;
    if (first === undefined) throw new Error('Cursors need at least one secret.');
    this.sealingKey = first;
  }

  /** @returns letters, digits, `-` and `_` only */
  seal(payload: CursorPayload): string {
    const { position, query, count, issued } = payload;
    const text = JSON.stringify([
      position.key,
      position.created,
      position.id,
      query,
      count,
      issued,
    ]);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.sealingKey, nonce);
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    const header = Buffer.from([FORMAT]);
    return Buffer.concat([header, nonce, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /**
   * @throws ScimError 400 `invalidCursor` (forged, damaged, or of another query or client),
   *   `expiredCursor`, `invalidCount` (another page size)
   */
  open(text: string, expected: CursorExpectation): Position {
    const payload = this.read(text);
    if (payload === undefined || payload.query !== expected.query) {
      throw invalidCursor('The cursor does not belong to this query; start again without one.');
    }
    if (expected.now - payload.issued > expected.timeoutSeconds * 1000) {
      const detail = 'The cursor has expired; start again without one.';
      throw new ScimError(400, 'expiredCursor', detail);
    }
    if (payload.count !== expected.count) {
      throw invalidCount('count must be the same for every page of a query.');
    }
    return payload.position;
  }

  private read(text: string): CursorPayload | undefined {
    if (text.length > MAX_LENGTH) return undefined;
    const bytes = Buffer.from(text, 'base64url');
    // Decoding is forgiving; only the one canonical spelling of the bytes is taken.
    if (bytes.length <= HEADER_BYTES || bytes.toString('base64url') !== text) return undefined;
    if (bytes[0] !== FORMAT) return undefined;
    for (const key of this.keys) {
      const plain = decrypt(key, bytes);
      if (plain !== undefined) return decode(plain);
    }
    return undefined;
  }
}

/**
 * A short hash over the parts of a query, and over tenant and client, in a fixed order. A part that
 * is left out differs from an empty one.
 */
export function queryFingerprint(parts: readonly (string | undefined)[]): string {
  const text = JSON.stringify(parts.map((part) => part ?? null));
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

function deriveKey(secret: string): Buffer {
  if (secret === '') throw new Error('A secret for cursors must not be empty.');
  return Buffer.from(hkdfSync('sha256', secret, '', 'scim cursor v1', 32));
}

function decrypt(key: Buffer, bytes: Buffer): string | undefined {
  const nonce = bytes.subarray(1, 1 + NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(bytes.subarray(1 + NONCE_BYTES, HEADER_BYTES));
  try {
    return (
      decipher.update(bytes.subarray(HEADER_BYTES), undefined, 'utf8') + decipher.final('utf8')
    );
  } catch {
    return undefined; // another key, or damaged
  }
}

/** Authentic, but perhaps of another release: checked all the same. */
function decode(plain: string): CursorPayload | undefined {
  const fields = JSON.parse(plain) as readonly Json[];
  const [key, created, id, query, count, issued] = fields;
  if (key === undefined || (typeof key === 'object' && key !== null)) return undefined;
  if (typeof created !== 'string' || typeof id !== 'string' || typeof query !== 'string') {
    return undefined;
  }
  if (typeof count !== 'number' || typeof issued !== 'number') return undefined;
  return { position: { key, created, id }, query, count, issued };
}
