import type { Attribute, SchemaRegistry } from '#scim';

/** Words of the protocol that messages quote. */
const WORDS = `value op path add remove replace schemas method data bulkId primary true operations
  sortby filter attributes excludedattributes startindex count cursor post put patch delete`;

/**
 * Makes what a client was told fit for the log: of what is quoted only names stay that schemas or the
 * protocol have. Everything else may be a value or a piece of a filter (RFC 7644 §7.5.2).
 */
export function maskFor({ types, schemas }: SchemaRegistry): (detail: string) => string {
  const names = new Set(WORDS.toLowerCase().split(/\s+/));
  const add = (attributes: Iterable<Attribute>): void => {
    for (const { name, subAttributes } of attributes) {
      names.add(name.toLowerCase());
      add(subAttributes);
    }
  };
  for (const type of types) {
    names.add(type.name.toLowerCase());
    add(type.all);
  }
  const urns = schemas.map(({ id }) => id.toLowerCase());
  const isName = (text: string): boolean => {
    const lower = text.toLowerCase();
    const urn = urns.find((one) => lower === one || lower.startsWith(`${one}:`));
    const rest = urn === undefined ? lower : lower.slice(urn.length + 1);
    return rest === '' || rest.split('.').every((part) => names.has(part));
  };
  return (detail) => {
    for (const { 0: whole, 1: text = '', index } of detail.matchAll(/"([^"]*)"/g)) {
      if (isName(text)) continue;
      // A value may hold quotes itself: up to the last one nothing is sure.
      const end = detail.lastIndexOf('"') + 1;
      return `${detail.slice(0, index)}"…"${detail.slice(Math.max(end, index + whole.length))}`;
    }
    return detail;
  };
}
