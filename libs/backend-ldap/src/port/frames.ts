/** What came is no message of LDAP. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
}

const SEQUENCE = 0x30;
/** Octets that a header can have: tag, number of octets, and up to four of them. */
const HEADER = 6;
/** No server sends more in one message. */
const LONGEST = 2 ** 30;

/**
 * Cuts a stream into messages by the length that BER announces (RFC 4511 §5.1), so that the parts of
 * a long one are put together once, when its last octet is there.
 */
export class Frames {
  private chunks: Buffer[] = [];
  private held = 0;
  /** Octets of the message under way; one more than there are while its header is not whole. */
  private needed = 0;

  /** Octets of the message under way that are still to come, as far as that is known. */
  get pending(): number {
    return Math.max(0, this.needed - this.held);
  }

  /**
   * The messages that this chunk completes.
   * @throws Malformed
   */
  push(chunk: Buffer): readonly Buffer[] {
    this.chunks.push(chunk);
    this.held += chunk.length;
    if (this.held < this.needed) return [];
    const messages: Buffer[] = [];
    let rest = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks, this.held);
    let size = sizeOf(rest);
    while (size !== undefined && size <= rest.length) {
      messages.push(rest.subarray(0, size));
      rest = rest.subarray(size);
      size = sizeOf(rest);
    }
    this.chunks = rest.length === 0 ? [] : [rest];
    this.held = rest.length;
    this.needed = size ?? (rest.length === 0 ? 0 : rest.length + 1);
    return messages;
  }
}

/** Octets of the message that begins here, header included; undefined while that is not told. */
function sizeOf(octets: Buffer): number | undefined {
  const [tag, first] = octets;
  if (tag === undefined) return undefined;
  if (tag !== SEQUENCE) throw new Malformed(`a message begins with octet ${tag}, not ${SEQUENCE}`);
  if (first === undefined) return undefined;
  if (first < 0x80) return 2 + first;
  const digits = first - 0x80;
  const start = 2 + digits;
  if (digits === 0 || start > HEADER)
    throw new Malformed('the length of a message is not definite');
  if (octets.length < start) return undefined;
  const size = start + octets.readUIntBE(2, digits);
  if (size > LONGEST) throw new Malformed(`a message announces ${size} octets`);
  return size;
}
