import type { Attribute, Filter, ResourceType } from '#scim';
import { type Discovery, discover, type Features, type UpstreamType } from './features.js';
import type { UpstreamApi } from './upstream.api.js';

/** What was found not to be as the other server says. */
export type Claim = 'patch' | 'filter' | 'case' | 'sort' | 'order' | 'groups' | 'etag';

const WORDS: Readonly<Record<Claim, string>> = {
  patch: 'PATCH is answered with success and changes nothing',
  filter: 'a filter is answered with resources that it does not match, or with a wrong total',
  case: 'filters tell apart what differs in letter case only',
  sort: 'a sorted list is not in order',
  order: 'lists are not in the order of creation',
  etag: 'resources have no version',
  groups: 'users do not show the groups that they are in',
};

/**
 * The other server: what it says of itself, and what was found to be otherwise. What cannot be relied
 * upon is done here, with one warning.
 */
export class Upstream {
  private readonly wrong = new Set<Claim>();
  private readonly tries = new Set<Claim>();
  /** Shapes of filters that it refuses. */
  private readonly refused = new Set<string>();

  constructor(
    readonly api: UpstreamApi,
    private discovery: Discovery,
    private readonly resourceTypes: readonly ResourceType[],
    private readonly report: (message: string) => void,
  ) {}

  get features(): Features {
    return this.discovery.features;
  }

  /** Whether versions are the other server's, and compared by it. */
  get compares(): boolean {
    return this.features.etag && this.trusts('etag');
  }

  /** Whether PATCH can be relied upon. */
  get patches(): boolean {
    return this.features.patch && this.trusts('patch');
  }

  type({ name }: ResourceType): UpstreamType {
    const found = this.discovery.types.get(name);
    if (found === undefined) throw new Error(`The upstream server was not opened for ${name}.`);
    return found;
  }

  trusts(claim: Claim): boolean {
    return !this.wrong.has(claim);
  }

  /** Whether it was looked whether this is so. */
  isTried(claim: Claim): boolean {
    return this.tries.has(claim);
  }

  tried(claim: Claim): void {
    this.tries.add(claim);
  }

  distrust(claim: Claim): void {
    if (this.wrong.has(claim)) return;
    this.wrong.add(claim);
    this.report(
      `The upstream server is not what it says: ${WORDS[claim]}. It is done here instead.`,
    );
  }

  /** Whether a filter like this one was not refused yet. */
  accepts(filter: Filter): boolean {
    return !this.refused.has(shapeOf(filter));
  }

  refuses(filter: Filter): void {
    const shape = shapeOf(filter);
    if (this.refused.has(shape)) return;
    this.refused.add(shape);
    this.report(`The upstream server refuses filters like ${shape}. They are evaluated here.`);
  }

  /** Reads the discovery documents anew: after an outage another server may be there. */
  async refresh(): Promise<void> {
    this.discovery = await discover(this.api, this.resourceTypes);
    this.wrong.clear();
    this.tries.clear();
    this.refused.clear();
  }

  warn(message: string): void {
    this.report(message);
  }
}

/** A filter without its values. */
function shapeOf(filter: Filter): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return `(${[...new Set(filter.operands.map(shapeOf))].sort().join(` ${filter.kind} `)})`;
    case 'not':
      return `not (${shapeOf(filter.operand)})`;
    case 'compare':
      return `${pathOf(filter.path)} ${filter.operator} …`;
    case 'present':
      return `${pathOf(filter.path)} pr`;
    case 'valuePath':
      return `${filter.attribute.path}[${shapeOf(filter.filter)}]`;
    case 'constant':
      return String(filter.value);
  }
}

function pathOf({ attribute, sub }: { attribute: Attribute; sub: Attribute | undefined }): string {
  return (sub ?? attribute).path;
}
