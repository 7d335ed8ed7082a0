import type { LastUse } from '../access/key-use.js';
import type { Metric } from './metrics.js';

/** When each key or holder of a token was last seen: whoever rotates keys waits for an idle one. */
export function keyMetric(uses: readonly LastUse[]): Metric {
  return {
    name: 'scim_client_last_used_timestamp_seconds',
    kind: 'gauge',
    help: 'When a key or the holder of a token last sent a request, in seconds since 1970.',
    values: uses.map(({ tenant, client, time }) => ({
      labels: { tenant, client },
      value: Math.floor(time / 1000),
    })),
  };
}
