import {
  type Attribute,
  type AttributePath,
  type Filter,
  type JsonObject,
  leaf,
  printFilter,
  type ResourceType,
  valuesAt,
} from '#scim';
import { isRefusal } from '../upstream/errors.js';
import type { Upstream } from '../upstream/upstream.js';

/** Resources among which one is looked for whose name has letters. */
const A_FEW = 10;

/**
 * Whether filters ignore letter case where the schema says so (RFC 7643 §7, `caseExact`). That one
 * does not cannot be seen in its answers, which only have too little: it is tried once, with a
 * resource that is there.
 */
export class LetterCase {
  constructor(
    private readonly type: ResourceType,
    private readonly upstream: Upstream,
  ) {}

  /** Whether the other server's answer to this filter can be whole. */
  async isRight(filter: Filter, signal: AbortSignal | undefined): Promise<boolean> {
    if (!dependsOnCase(filter)) return true;
    if (!this.upstream.isTried('case')) await this.try(signal);
    return this.upstream.trusts('case');
  }

  private async try(signal: AbortSignal | undefined): Promise<void> {
    const { endpoint } = this.upstream.type(this.type);
    const long = [...this.type.relations, ...this.type.inverses];
    const excludedAttributes = long.map(({ attribute }) => attribute.name).join(',') || undefined;
    const some = { count: A_FEW, excludedAttributes };
    const { items } = await this.upstream.api.list(endpoint, some, signal);
    const known = items.flatMap((item) =>
      this.written(item).map((one) => ({ ...one, id: item.id })),
    );
    const [one] = known;
    // Where nobody is there yet, no answer leaves anybody out.
    if (one === undefined) return;
    const finds = async (value: string): Promise<boolean> => {
      const path = { element: false, ...one.path };
      const filter = printFilter({ kind: 'compare', operator: 'eq', path, value });
      const found = await this.upstream.api.list(endpoint, { filter, excludedAttributes }, signal);
      return found.items.some(({ id }) => id === one.id);
    };
    try {
      const right = (await finds(swapped(one.value))) || !(await finds(one.value));
      this.upstream.tried('case');
      if (!right) this.upstream.distrust('case');
    } catch (error) {
      // That it does not filter is found out elsewhere.
      if (!isRefusal(error)) throw error;
    }
  }

  /** Values of the resource whose case does not matter. */
  private written(resource: JsonObject): readonly { path: AttributePath; value: string }[] {
    return [...this.type.unique, ...this.type.indexed].flatMap((path) =>
      ignoresCase(leaf(path))
        ? valuesAt(resource, path).flatMap((value) =>
            typeof value === 'string' && swapped(value) !== value ? [{ path, value }] : [],
          )
        : [],
    );
  }
}

/** Whether another letter case would have to be found as well. */
function dependsOnCase(filter: Filter): boolean {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.operands.some(dependsOnCase);
    case 'not':
      return dependsOnCase(filter.operand);
    case 'valuePath':
      return dependsOnCase(filter.filter);
    case 'compare': {
      const { path, operator, value } = filter;
      const text = typeof value === 'string' && ignoresCase(path.sub ?? path.attribute);
      return text && (/^[gl][te]$/.test(operator) || value.toLowerCase() !== value.toUpperCase());
    }
    case 'present':
    case 'constant':
      return false;
  }
}

function ignoresCase({ type, caseExact }: Attribute): boolean {
  return type === 'string' && !caseExact;
}

/** In the other case, as far as everybody agrees what that is. */
function swapped(text: string): string {
  return text.replace(/[a-z]|[A-Z]/g, (letter) =>
    letter < 'a' ? letter.toLowerCase() : letter.toUpperCase(),
  );
}
