import {
  afterValue,
  PAGED_RESULTS,
  POST_READ,
  pageValue,
  readAfterValue,
  readPageValue,
  readViewValue,
  SORT_REQUEST,
  sortValue,
  VIEW_REQUEST,
  VIEW_RESPONSE,
  viewValue,
} from './controls.js';
import {
  type Attributes,
  type Change,
  type Connection,
  type Entry,
  LdapError,
  RESULT,
  type SearchPage,
  type SearchRequest,
  type Told,
  type View,
  type ViewRequest,
} from './directory.js';
import type { Operations } from './operations.js';

/** A control as it is sent (RFC 4511 §4.1.11). */
export interface SentControl {
  readonly type: string;
  readonly critical: boolean;
  readonly value: Buffer;
}

/** What ends an operation, with success. */
export interface Answer {
  /** What a search found. */
  readonly entries: readonly Entry[];
  /** Octets of a control that came along. */
  control(type: string): Buffer | undefined;
}

/** What a client library has to do; the rest is the same for all of them. */
export abstract class Protocol implements Connection {
  protected abstract readonly operations: Operations;

  /** @param timeout milliseconds that an operation has */
  constructor(private readonly timeout: number) {}

  get usable(): boolean {
    return this.operations.usable;
  }

  get load(): number {
    return this.operations.load;
  }

  /** @param seconds that the server has */
  protected abstract find(
    request: SearchRequest,
    controls: readonly SentControl[],
    seconds: number,
  ): Promise<Answer>;
  protected abstract addEntry(
    dn: string,
    attributes: Attributes,
    controls: readonly SentControl[],
  ): Promise<Answer>;
  protected abstract modifyEntry(
    dn: string,
    changes: readonly Change[],
    controls: readonly SentControl[],
  ): Promise<Answer>;
  abstract rename(dn: string, rdn: string): Promise<void>;
  abstract delete(dn: string): Promise<void>;
  abstract setPassword(dn: string, password: string): Promise<void>;

  async search(request: SearchRequest): Promise<readonly Entry[]> {
    return (await this.searchWith(request, [])).entries;
  }

  async page(
    request: SearchRequest,
    size: number,
    cookie: Buffer | undefined,
  ): Promise<SearchPage> {
    // Not critical: of parts that a server does not page (OpenLDAP's cn=config) all comes at once.
    const value = pageValue(size, cookie);
    const answer = await this.searchWith(request, [
      { type: PAGED_RESULTS, critical: false, value },
    ]);
    const told = answer.control(PAGED_RESULTS);
    return { entries: answer.entries, cookie: told && readPageValue(told) };
  }

  async view(request: ViewRequest): Promise<View> {
    const controls = [
      { type: SORT_REQUEST, critical: true, value: sortValue(request) },
      { type: VIEW_REQUEST, critical: true, value: viewValue(request) },
    ];
    try {
      // A list too long to be sorted in time is refused while there is time to read it otherwise.
      const answer = await this.searchWith(request, controls, this.timeout / 2);
      const value = answer.control(VIEW_RESPONSE);
      // A server that says nothing gave none.
      const told = value && readViewValue(value);
      const { total, code } = told ?? { total: 0, code: RESULT.unavailableCriticalExtension };
      if (code !== 0) throw new LdapError(code, 'The server gives no view of the list.');
      return { entries: answer.entries, total };
    } catch (error) {
      const beyond =
        error instanceof LdapError &&
        (error.code === RESULT.viewError || error.code === RESULT.offsetRangeError);
      if (beyond) return { entries: [], total: undefined };
      throw error;
    } finally {
      this.close();
    }
  }

  async add(dn: string, attributes: Attributes, after: readonly string[]): Promise<Told> {
    return toldBy(await this.addEntry(dn, attributes, afterControls(after)));
  }

  async modify(dn: string, changes: readonly Change[], after: readonly string[]): Promise<Told> {
    return toldBy(await this.modifyEntry(dn, changes, afterControls(after)));
  }

  close(): void {
    this.operations.close();
  }

  /** @param limit milliseconds that the server has, rounded up to seconds */
  private async searchWith(
    request: SearchRequest,
    controls: readonly SentControl[],
    limit = this.timeout,
  ): Promise<Answer> {
    const answer = await this.find(request, controls, Math.ceil(limit / 1000));
    if (answer.entries.every(({ ranges }) => ranges === undefined)) return answer;
    const entries: Entry[] = [];
    for (const entry of answer.entries) entries.push(await this.whole(entry));
    return { ...answer, entries };
  }

  /** Active Directory sends some 1,500 values of an attribute, and has to be asked for the others. */
  private async whole({ dn, attributes, ranges = new Map() }: Entry): Promise<Entry> {
    const all = new Map(attributes);
    for (const [name, last] of ranges) {
      const values = [...(attributes.get(name) ?? [])];
      let next: number | undefined = last + 1;
      while (next !== undefined) {
        const request = {
          base: dn,
          scope: 'base',
          attributes: [`${name};range=${next}-*`],
        } as const;
        const answer = await this.find(request, [], Math.ceil(this.timeout / 1000));
        const [part] = answer.entries;
        const found = part?.attributes.get(name) ?? [];
        const end = part?.ranges?.get(name);
        values.push(...found);
        // Without a further value there would be no end.
        next = end === undefined || found.length === 0 ? undefined : end + 1;
      }
      all.set(name, values);
    }
    return { dn, attributes: all };
  }
}

/** Servers that cannot tell make the change all the same. */
function afterControls(names: readonly string[]): readonly SentControl[] {
  return names.length === 0 ? [] : [{ type: POST_READ, critical: false, value: afterValue(names) }];
}

function toldBy(answer: Answer): Told {
  const value = answer.control(POST_READ);
  return value && readAfterValue(value);
}

/** An entry of what a server sent of it; options such as `;lang-en` are left out. */
export function entryOf(
  name: string,
  sent: Iterable<readonly [type: string, values: readonly Buffer[]]>,
): Entry {
  const attributes = new Map<string, readonly Buffer[]>();
  const ranges = new Map<string, number>();
  for (const [type, values] of sent) {
    const lower = type.toLowerCase();
    const [, ranged, last] = /^([^;]+);range=\d+-(\d+|\*)$/.exec(lower) ?? [];
    if (ranged !== undefined) {
      attributes.set(ranged, values);
      if (last !== '*') ranges.set(ranged, Number(last));
    } else if (values.length === 0 && attributes.has(lower)) {
      // It comes empty besides its first part.
    } else if (!lower.includes(';') || lower.endsWith(';binary')) {
      attributes.set(lower.replace(';binary', ''), values);
    }
  }
  return {
    dn: attributes.get('entrydn')?.[0]?.toString('utf8') ?? name,
    attributes,
    ...(ranges.size === 0 ? {} : { ranges }),
  };
}
