import type { Configuration } from './configuration.js';
import { peerOf } from './peer.js';

/** One warning for each peer that is reached in plain text over a network that is not this machine. */
export function plainTextWarnings({ store, events, redisUrl }: Configuration): readonly string[] {
  const brokers = (events?.brokers ?? []).map((url) => peerOf('The message broker', url, 'amqps:'));
  const redis = redisUrl === undefined ? [] : [peerOf('Redis', redisUrl, 'rediss:')];
  return [...store.peers, ...brokers, ...redis]
    .filter(({ host, encrypted }) => !encrypted && !isLoopback(host))
    .map(({ name, host }) => `${name} at ${host} is reached without encryption.`);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '' || /^(?:127\.|\[?::1\]?$)/.test(host);
}
