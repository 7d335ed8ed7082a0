import { Counter, Gauge, Registry } from 'prom-client';

/** Media type of Prometheus' text exposition format. */
export const EXPOSITION_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** One quantity that is measured elsewhere, with its values at the moment. */
export interface Metric {
  readonly name: string;
  readonly kind: 'counter' | 'gauge';
  readonly help: string;
  readonly values: readonly { readonly labels: Readonly<Record<string, string>>; value: number }[];
}

/** In Prometheus' text form. */
export function printMetrics(metrics: readonly Metric[]): Promise<string> {
  const registry = new Registry();
  for (const { name, kind, help, values } of metrics) {
    const [first] = values;
    if (first === undefined) continue;
    const options = { name, help, labelNames: Object.keys(first.labels), registers: [registry] };
    if (kind === 'gauge') {
      const gauge = new Gauge(options);
      for (const { labels, value } of values) gauge.set({ ...labels }, value);
    } else {
      const counter = new Counter(options);
      for (const { labels, value } of values) counter.inc({ ...labels }, value);
    }
  }
  return registry.metrics();
}
