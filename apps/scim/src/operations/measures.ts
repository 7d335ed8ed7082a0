import type { NextFunction, Response } from 'express';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ScimHttpRequest } from '../access/client.js';
import { serviceVersion } from './summary.js';

/** Bounds of latencies, in seconds: of a look-up in memory up to a query that is about to be given up. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Gauges of the library that are called totals: they would fail every check of conventions. */
const MISNAMED = ['handles', 'requests', 'resources'].map((what) => `nodejs_active_${what}_total`);

/** How a query was answered: by an index, by the store otherwise, or with a part left to the engine. */
export type Answered = 'index' | 'store' | 'residual';

/** What happens in this process, counted since its start. */
export class Measures {
  private readonly registry = new Registry();
  private readonly requests = new Histogram({
    name: 'scim_http_request_duration_seconds',
    help: 'Time until a request was answered, by route, method and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers: [this.registry],
  });
  private readonly refused = new Counter({
    name: 'scim_authentication_failures_total',
    help: 'Requests that were not let in: without a known key or token, or throttled for many of them.',
    labelNames: ['reason'],
    registers: [this.registry],
  });
  private readonly operations = new Histogram({
    name: 'scim_store_operation_duration_seconds',
    help: 'Time that the store took, by operation and outcome; the outcome conflict is tried again.',
    labelNames: ['tenant', 'type', 'operation', 'outcome'],
    buckets: SECONDS,
    registers: [this.registry],
  });
  private readonly queries = new Counter({
    name: 'scim_queries_total',
    help: 'Queries by how they were answered: index, store, or residual (the rest was filtered here).',
    labelNames: ['tenant', 'type', 'answered'],
    registers: [this.registry],
  });
  private readonly retries = new Counter({
    name: 'scim_store_conflicts_total',
    help: 'Writes that met another version than they were computed from, and were computed anew.',
    labelNames: ['tenant', 'type'],
    registers: [this.registry],
  });
  private readonly notices = new Counter({
    name: 'scim_store_notices_total',
    help: 'What the store reported to the log, by kind; unreadable is a record that is not served.',
    labelNames: ['tenant', 'kind'],
    registers: [this.registry],
  });

  /** @param store what an operator calls the store */
  constructor(store: string) {
    collectDefaultMetrics({ register: this.registry });
    for (const name of MISNAMED) this.registry.removeSingleMetric(name);
    const labels = { version: serviceVersion(), node: process.version, store };
    new Gauge({
      name: 'scim_build_info',
      help: 'Always 1; what runs is in the labels.',
      labelNames: Object.keys(labels),
      registers: [this.registry],
    }).set(labels, 1);
  }

  /** Middleware for every request. */
  readonly watch = (request: ScimHttpRequest, response: Response, next: NextFunction): void => {
    const stop = this.requests.startTimer();
    response.once('close', () => {
      const { statusCode: status } = response;
      const path: unknown = request.route?.path;
      const route = typeof path === 'string' ? path : 'none'; // never what the client made up
      stop({ method: request.method, route, status: String(status) });
      if (status === 401) this.refused.inc({ reason: 'unknown' });
      else if (status === 429 && request.sender === undefined) {
        this.refused.inc({ reason: 'throttled' });
      }
    });
    next();
  };

  operation(labels: {
    tenant: string;
    type: string;
    operation: string;
  }): (outcome: string) => void {
    const stop = this.operations.startTimer(labels);
    return (outcome) => {
      stop({ outcome });
      if (outcome === 'conflict') this.retries.inc({ tenant: labels.tenant, type: labels.type });
    };
  }

  query(tenant: string, type: string, answered: Answered): void {
    this.queries.inc({ tenant, type, answered });
  }

  notice(tenant: string, kind: string): void {
    this.notices.inc({ tenant, kind });
  }

  /** In Prometheus' text form. */
  print(): Promise<string> {
    return this.registry.metrics();
  }
}
