import type { Attributes } from '../port/directory.js';

/** A Generalized Time (RFC 4517 §3.3.13) as servers write it: `20260102030405Z`. */
export function timestampOf(attributes: Attributes, name: string): string | undefined {
  const text = attributes.get(name)?.[0]?.toString('latin1') ?? '';
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:[.,](\d+))?Z$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = '00', fraction] = match;
  const tail = fraction === undefined ? '' : `.${fraction}`;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${tail}Z`;
}
