import type { Inverse } from '#scim';
import { dnKey } from '../mapping/dn.js';

/** What servers name the attribute that says which groups have an entry as a `member`. */
export const MEMBER_OF = 'memberof';
const MEMBER = 'member';
/** A change between two readings makes a difference once, not again and again. */
const DIFFERENCES = 3;

/**
 * Whether `memberOf` tells who holds a resource. Only the administrator knows that the overlay was
 * there before the first group (LDAP_MEMBEROF); that it watches groups of this kind is seen: until
 * the attribute has agreed once with a search for a member, nobody relies on it.
 */
export class BackLinks {
  private readonly believed = new Set<string>();
  private readonly refused = new Set<string>();
  private differences = 0;

  constructor(
    private readonly wanted: boolean,
    private readonly report: (message: string) => void,
  ) {}

  /** To be read of resources, so that it can be looked at. */
  get attributes(): readonly string[] {
    return this.wanted ? [MEMBER_OF] : [];
  }

  /** Whether entries that appear have to be linked with groups that named them before. */
  get kept(): boolean {
    return this.wanted;
  }

  /** The attribute that says which resources hold another in a relation kept in `relation`. */
  of({ type }: Inverse, relation: string): string | undefined {
    return relation === MEMBER && this.believed.has(type) ? MEMBER_OF : undefined;
  }

  /** The attribute names groups that do not hold the resource themselves. */
  distrust({ type }: Inverse): void {
    if (!this.believed.delete(type)) return;
    this.refused.add(type);
    this.report(
      'memberOf names groups of groups too, so it is not used: set the server to direct members only, or unset LDAP_MEMBEROF.',
    );
  }

  /** Compares what the attribute says of a resource with what a search found. */
  observe(
    { type }: Inverse,
    relation: string,
    dn: string,
    said: readonly string[],
    found: readonly string[],
  ): void {
    if (!this.wanted || relation !== MEMBER || found.length === 0) return;
    const [a, b] = [said, found].map((names) => names.map(dnKey).sort().join('\n'));
    if (a === b && !this.refused.has(type)) this.believed.add(type);
    if (a !== b && ++this.differences === DIFFERENCES) {
      this.report(
        `memberOf of ${dn} does not say which groups it is in, so it is not used: look at the overlay, or unset LDAP_MEMBEROF.`,
      );
    }
  }
}
