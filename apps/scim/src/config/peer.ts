/** Something that is reached over a network. */
export interface Peer {
  /** What an operator calls it. */
  readonly name: string;
  readonly host: string;
  readonly encrypted: boolean;
}

/** @param secure protocol of encrypted addresses */
export function peerOf(name: string, url: string, secure: string): Peer {
  const { hostname, protocol } = new URL(url);
  return { name, host: hostname, encrypted: protocol === secure };
}
