import { WholeNumber } from './kinds.js';

/** How much a request may ask for. */
export class LimitVariables {
  /** Most resources in one response. */
  @WholeNumber(1, 10_000)
  PAGE_SIZE = 100;

  /** Seconds that a cursor stays valid. */
  @WholeNumber(1)
  CURSOR_TIMEOUT = 3600;

  /** Most operations in one bulk request; 0 switches bulk off. */
  @WholeNumber(0, 100_000)
  BULK_MAX_OPERATIONS = 1000;

  /** Most bytes of a bulk request. */
  @WholeNumber(1024)
  BULK_MAX_PAYLOAD_SIZE = 10 * 1024 * 1024;

  /** Most bytes of any other request; a group of 100,000 members has some 15 MB. */
  @WholeNumber(1024)
  MAX_BODY_SIZE = 16 * 1024 * 1024;

  /** Most bytes of one string in a request. */
  @WholeNumber(1024)
  MAX_VALUE_SIZE = 1024 * 1024;

  /** Most values in the JSON of a request; a group of 100,000 members has some 500,000. */
  @WholeNumber(1000)
  JSON_MAX_NODES = 1_000_000;

  /** Most operations in one PATCH request. */
  @WholeNumber(1)
  PATCH_MAX_OPERATIONS = 1000;

  /** Most comparisons and value paths in one filter. */
  @WholeNumber(1)
  FILTER_MAX_TERMS = 100;

  /** Seconds after which a list or search is given up. */
  @WholeNumber(1, 3600)
  QUERY_TIMEOUT = 30;

  /** Bytes from which on a page of a list ends early, after one resource at least. */
  @WholeNumber(1024)
  PAGE_BYTES = 16 * 1024 * 1024;

  /** Most bytes of all request bodies under way at once. */
  @WholeNumber(1024 * 1024)
  BODY_BUDGET = 64 * 1024 * 1024;

  /** Most requests under way at once; others wait, in turn by tenant and key. */
  @WholeNumber(1, 10_000)
  MAX_CONCURRENCY = 64;

  /** Most connections at once. */
  @WholeNumber(1)
  MAX_CONNECTIONS = 10_000;

  /** Seconds in which the headers of a request have to arrive. */
  @WholeNumber(1, 3600)
  HEADERS_TIMEOUT = 30;

  /** Seconds in which a whole request has to arrive. */
  @WholeNumber(1, 86_400)
  REQUEST_TIMEOUT = 300;

  /** Seconds that an idle connection stays open; more than load balancers wait, so that they close. */
  @WholeNumber(1, 3600)
  KEEP_ALIVE_TIMEOUT = 75;
}
