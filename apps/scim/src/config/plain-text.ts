import type { Configuration } from './configuration.js';

/** Something that is reached over a network. */
export interface Peer {
  /** What an operator calls it. */
  readonly name: string;
  readonly host: string;
  readonly encrypted: boolean;
}

/** One warning for each peer that is reached in plain text over a network that is not this machine. */
export function plainTextWarnings({ store, events, redisUrl }: Configuration): readonly string[] {
  const brokers = (events?.brokers ?? []).map((url) => peerOf('The message broker', url, 'amqps:'));
  const redis = redisUrl === undefined ? [] : [peerOf('Redis', redisUrl, 'rediss:')];
  return [...store.peers, ...brokers, ...redis]
    .filter(({ host, encrypted }) => !encrypted && !isLoopback(host))
    .map(({ name, host }) => `${name} at ${host} is reached without encryption.`);
}

/** @param secure protocol of encrypted addresses */
export function peerOf(name: string, url: string, secure: string): Peer {
  const { hostname, protocol } = new URL(url);
  return { name, host: hostname, encrypted: protocol === secure };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '' || /^(?:127\.|\[?::1\]?$)/.test(host);
}
