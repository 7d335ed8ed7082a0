/** A server of other makers, which the service forwards to. */
export interface Peer {
  /** Base address of its endpoints. */
  readonly url: string;
  readonly key: string;
  stop(): Promise<void>;
}
