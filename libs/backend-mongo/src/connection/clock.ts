/**
 * The server's clock, in ms, in updates and pipelines: leases are judged by one clock. A number,
 * since not every server compares what it calls `$$NOW` with times that it has stored.
 */
export const NOW = { $toLong: '$$NOW' } as const;
