/** How many requests a client may send. */
export interface RateLimit {
  readonly requests: number;
  readonly seconds: number;
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** `100/s`, `6000/m`, `600/30s`: requests, and the time that they are counted in. */
export function readRateLimit(text: string): RateLimit | undefined {
  const [, requests, count = '1', unit = ''] = /^(\d{1,9})\/(\d{1,6})?([smh])$/.exec(text) ?? [];
  const seconds = Number(count) * (UNITS[unit] ?? 0);
  return requests === undefined || Number(requests) === 0 || seconds === 0
    ? undefined
    : { requests: Number(requests), seconds };
}

/** redis:// or rediss:// */
export function readRedisUrl(text: string): string | undefined {
  return URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol) ? text : undefined;
}
