import type { Decoded, Encoded } from '../mapping/ldap.mapping.js';
import type { Model } from '../mapping/model.js';
import type { Attributes, Change } from '../port/directory.js';

/**
 * What turns an entry into what it should be, relations aside, and what it holds then. Only what
 * differs is touched, so that others' additions to it stay. The value that says which state this
 * was computed from goes first.
 */
export function changesOf(
  model: Model,
  current: Decoded,
  encoded: Encoded,
): { readonly changes: readonly Change[]; readonly after: Attributes } {
  const before = current.entry.attributes;
  const changes: Change[] = [...renewal(model, current, encoded.info)];
  const after = new Map(before);
  const claims = current.info === undefined;
  const single = new Set(
    model.mapped.filter(({ many }) => !many).map(({ attribute }) => attribute.name),
  );
  for (const [attribute, values] of encoded.attributes) {
    const present = before.get(attribute) ?? [];
    // Further values of a single attribute are someone else's.
    const own = single.has(attribute) && values.length > 0 ? present.slice(0, 1) : present;
    if (sameValues(own, values)) continue;
    const first = claims && attribute === model.keys && present.length === 0;
    changes.push({ operation: first ? 'add' : 'replace', attribute, values });
    after.set(attribute, values);
  }
  return { changes, after };
}

function renewal(model: Model, current: Decoded, info: Buffer): readonly Change[] {
  const attribute = model.rest.name;
  const added: Change = { operation: 'add', attribute, values: [info] };
  if (current.info !== undefined) {
    return [{ operation: 'delete', attribute, values: [current.info] }, added];
  }
  const { anyClass } = model;
  const classes = current.entry.attributes.get('objectclass') ?? [];
  const has = classes.some((name) => name.toString().toLowerCase() === anyClass?.toLowerCase());
  // Adding a class or a key twice fails: whoever comes second to an entry without JSON is told too.
  return anyClass === undefined || has
    ? [added]
    : [{ operation: 'add', attribute: 'objectClass', values: [Buffer.from(anyClass)] }, added];
}

function sameValues(a: readonly Buffer[], b: readonly Buffer[]): boolean {
  if (a.length !== b.length) return false;
  const sorted = [...a].sort(Buffer.compare);
  return [...b].sort(Buffer.compare).every((value, i) => sorted[i]?.equals(value));
}
