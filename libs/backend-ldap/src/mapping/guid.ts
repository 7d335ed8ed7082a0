/**
 * objectGUID of Active Directory: sixteen octets, of which the first three groups of the text are
 * turned around (RFC 4122 appendix A calls that the little-endian form).
 */

/** @returns undefined for what is no GUID */
export function guidText(octets: Buffer | undefined): string | undefined {
  if (octets?.length !== 16) return undefined;
  const hex = turned(octets).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** @param text in lower case, as `guidText` writes it */
export function guidOctets(text: string): Buffer {
  return turned(Buffer.from(text.replaceAll('-', ''), 'hex'));
}

/** The name by which a server finds an entry wherever it stands. */
export function guidName(text: string): string {
  return `<GUID=${text}>`;
}

function turned(octets: Buffer): Buffer {
  const copy = Buffer.from(octets);
  copy.subarray(0, 4).reverse();
  copy.subarray(4, 6).reverse();
  copy.subarray(6, 8).reverse();
  return copy;
}
