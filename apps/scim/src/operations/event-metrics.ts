import type { RelayMeasure } from '#events';
import type { Metric } from './metrics.js';

/** What a person has to know of the events of each tenant. */
export function eventMetrics(
  relays: readonly RelayMeasure[],
  now: number = Date.now(),
): readonly Metric[] {
  const metric = (
    kind: Metric['kind'],
    name: string,
    help: string,
    read: (relay: RelayMeasure) => number | undefined,
  ): Metric => ({
    name: `scim_events_${name}`,
    kind,
    help,
    values: relays.flatMap((relay) => {
      const value = read(relay);
      return value === undefined ? [] : [{ labels: { tenant: relay.name }, value }];
    }),
  });
  return [
    metric('gauge', 'pending', 'Events that wait for being published.', ({ pending }) => pending),
    metric(
      'gauge',
      'oldest_age_seconds',
      'Age of the oldest event that waits; 0 if none does.',
      ({ pending, oldest }) =>
        oldest === undefined
          ? pending === undefined
            ? undefined
            : 0
          : Math.max(0, (now - Date.parse(oldest)) / 1000),
    ),
    metric('gauge', 'parked', 'Events that were refused for good.', ({ parked }) => parked),
    metric('gauge', 'failing', '1 while events cannot be published.', ({ state }) =>
      Number(state === 'failing'),
    ),
    metric('gauge', 'blocked', '1 while the broker is there and takes no events.', ({ state }) =>
      Number(state === 'blocked'),
    ),
    metric('gauge', 'standby', '1 while another instance publishes.', ({ state }) =>
      Number(state === 'standby'),
    ),
    metric(
      'counter',
      'published_total',
      'Messages that were confirmed since the start.',
      ({ published }) => published,
    ),
    metric(
      'counter',
      'returned_total',
      'Messages that found no queue since the start.',
      ({ returned }) => returned,
    ),
    metric(
      'counter',
      'retried_total',
      'Messages that have to be sent again, since the start.',
      ({ retried }) => retried,
    ),
  ];
}
