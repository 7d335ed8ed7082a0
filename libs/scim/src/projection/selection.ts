import { invalidValue } from '../errors.js';
import type { Attribute } from '../schema/attribute.js';
import { resolvePath } from '../schema/path.js';
import type { ResourceType } from '../schema/resource-type.js';

export interface ProjectionParameters {
  readonly attributes?: readonly string[] | undefined;
  readonly excludedAttributes?: readonly string[] | undefined;
}

/** Whether an attribute is part of the answer: always, never, or only if the client sent it. */
export type Presence = 'yes' | 'no' | 'if-sent';

/** Decides by `returned` and what the client named (RFC 7643 §2.2, RFC 7644 §3.9). */
export interface Selection {
  attribute(attribute: Attribute): Presence;
  /** Of a sub-attribute, given that its attribute is part of the answer. */
  sub(attribute: Attribute, sub: Attribute): Presence;
}

/** The attributes named, each as a whole or by some of its sub-attributes. */
type Named = ReadonlyMap<Attribute, 'whole' | ReadonlySet<Attribute>>;

/** @throws ScimError invalidValue if both parameters are given */
export function selectAttributes(type: ResourceType, parameters: ProjectionParameters): Selection {
  const { attributes, excludedAttributes } = parameters;
  if (attributes !== undefined && excludedAttributes !== undefined) {
    throw invalidValue('Give either "attributes" or "excludedAttributes", not both.');
  }
  if (attributes !== undefined) return onlyNamed(resolveNames(type, attributes));
  if (excludedAttributes !== undefined) return allBut(resolveNames(type, excludedAttributes));
  return { attribute: byDefault, sub: (_, sub) => byDefault(sub) };
}

function byDefault({ returned }: Attribute): Presence {
  switch (returned) {
    case 'always':
    case 'default':
      return 'yes';
    case 'request':
      return 'if-sent';
    case 'never':
      return 'no';
  }
}

function onlyNamed(named: Named): Selection {
  const minimum = ({ returned }: Attribute): Presence => (returned === 'always' ? 'yes' : 'no');
  return {
    attribute: (attribute) => {
      if (attribute.returned === 'never') return 'no';
      return named.has(attribute) ? 'yes' : minimum(attribute);
    },
    sub: (attribute, sub) => {
      const wanted = named.get(attribute);
      if (sub.returned === 'never') return 'no';
      if (wanted === undefined || wanted === 'whole') return byDefault(sub);
      return wanted.has(sub) ? 'yes' : minimum(sub);
    },
  };
}

function allBut(named: Named): Selection {
  return {
    attribute: (attribute) =>
      named.get(attribute) === 'whole' && attribute.returned !== 'always'
        ? 'no'
        : byDefault(attribute),
    sub: (attribute, sub) => {
      const dropped = named.get(attribute);
      const isDropped = dropped !== undefined && dropped !== 'whole' && dropped.has(sub);
      return isDropped && sub.returned !== 'always' ? 'no' : byDefault(sub);
    },
  };
}

/** What the client names, in any letter case, URNs included; unknown names are passed over. */
function resolveNames(type: ResourceType, names: readonly string[]): Named {
  const named = new Map<Attribute, 'whole' | Set<Attribute>>();
  for (const name of names) {
    const path = resolvePath(type, name);
    if (path === undefined) continue;
    if (path.kind === 'extension') {
      for (const attribute of path.extension.attributes) named.set(attribute, 'whole');
      continue;
    }
    const before = named.get(path.attribute);
    if (path.sub === undefined) named.set(path.attribute, 'whole');
    else if (before === undefined) named.set(path.attribute, new Set([path.sub]));
    else if (before !== 'whole') before.add(path.sub);
  }
  return named;
}
