/** The fake's records, and how it refuses. */
export type Fields = Record<string, unknown>;

export interface FakeUser extends Fields {
  readonly _id: string;
}

export interface FakeKey {
  readonly _id: string;
  readonly name: string;
  readonly public_key: string;
  readonly create_date: string;
}

export interface FakeGroup {
  readonly id: string;
  name: string;
  description: string;
  email: string;
  attributes: Fields | null;
}

/** Everything an organisation has. */
export class Organisation {
  readonly users = new Map<string, FakeUser>();
  readonly keys = new Map<string, FakeKey[]>();
  readonly groups = new Map<string, FakeGroup>();
  /** Ids of users by id of the group, in order; of deleted users `undefined` may stay behind. */
  readonly members = new Map<string, (string | undefined)[]>();
  /** E-mail addresses that other organisations have. */
  readonly elsewhere = new Set<string>();
  /** Users that are bound to a device or an application, who cannot be renamed. */
  readonly bound = new Set<string>();
  private count = 0;

  /** Seconds and a counter, as MongoDB makes them. */
  newId(): string {
    this.count += 1;
    const seconds = Math.floor(Date.now() / 1000);
    return seconds.toString(16).padStart(8, '0') + this.count.toString(16).padStart(16, '0');
  }
}

/** An answer that is a refusal. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export const bad = (message: string) => new Refusal(400, message);

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
