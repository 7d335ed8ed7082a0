import { invalidValue } from '../errors.js';

/**
 * Reads `attributes` or `excludedAttributes` as they come: a comma-separated string, a repeated
 * parameter, the array of a SearchRequest, with or without blanks (RFC 7644 §3.4.2.5, §3.4.3).
 * @returns undefined if nothing is named
 * @throws ScimError invalidValue for anything but strings
 */
export function parseAttributeList(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  const parts: unknown[] = Array.isArray(value) ? value : [value];
  const names = parts.flatMap((part) => {
    if (typeof part !== 'string') {
      throw invalidValue('Attributes to return or exclude are named by strings.');
    }
    return part.split(',').map((name) => name.trim());
  });
  const named = names.filter((name) => name !== '');
  return named.length === 0 ? undefined : named;
}
