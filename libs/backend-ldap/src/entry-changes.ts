import type { Decoded, Encoded } from './ldap.mapping.js';
import type { Model } from './model.js';
import type { Attributes, Change } from './port/directory.js';

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
  const single = new Set(
    model.rows.filter(({ many }) => !many).map(({ attribute }) => attribute.name),
  );
  for (const [attribute, values] of encoded.attributes) {
    const present = before.get(attribute) ?? [];
    const first = single.has(attribute) ? present.slice(0, 1) : present;
    // Further values of a single attribute are someone else's.
    if (sameValues(single.has(attribute) && values.length > 0 ? first : present, values)) continue;
    changes.push({ operation: 'replace', attribute, values });
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
  const { anyClass, keys } = model;
  const classes = current.entry.attributes.get('objectclass') ?? [];
  const has = classes.some((name) => name.toString().toLowerCase() === anyClass?.toLowerCase());
  // Adding a class, or a value, twice fails: whoever comes second is told here too.
  const claim: readonly Change[] =
    anyClass === undefined || has
      ? keys === undefined
        ? []
        : [{ operation: 'add', attribute: keys, values: [Buffer.from('claimed')] }]
      : [{ operation: 'add', attribute: 'objectClass', values: [Buffer.from(anyClass)] }];
  return [...claim, added];
}

function sameValues(a: readonly Buffer[], b: readonly Buffer[]): boolean {
  if (a.length !== b.length) return false;
  const sorted = [...a].sort(Buffer.compare);
  return [...b].sort(Buffer.compare).every((value, i) => sorted[i]?.equals(value));
}
