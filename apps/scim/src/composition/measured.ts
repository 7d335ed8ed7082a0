import {
  type Backend,
  BackendError,
  overriding,
  type Query,
  type ResourceStore,
  type Stored,
} from '#backend';
import { type ResourceType, samePath } from '#scim';
import type { Answered, Measures } from '../operations/measures.js';

/** The backend, with every operation of its stores timed and counted. */
export function measured(backend: Backend, tenant: string, measures: Measures): Backend {
  const stores = new Map<ResourceType, ResourceStore>();
  return new Proxy(backend, {
    get(target, name) {
      if (name === 'store') {
        return (type: ResourceType): ResourceStore => {
          const known =
            stores.get(type) ?? measuredStore(target.store(type), type, tenant, measures);
          stores.set(type, known);
          return known;
        };
      }
      // As the backend itself: its methods reach what is private to it.
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

function measuredStore(
  store: ResourceStore,
  type: ResourceType,
  tenant: string,
  measures: Measures,
): ResourceStore {
  const time = async <T>(operation: string, work: () => Promise<T>): Promise<T> => {
    const done = measures.operation({ tenant, type: type.name, operation });
    try {
      const result = await work();
      done('ok');
      return result;
    } catch (error) {
      done(outcomeOf(error));
      throw error;
    }
  };
  return overriding(store, {
    scan: (options) => timed(store.scan(options), (work) => time('scan', work)),
    get: (id, options) => time('get', () => store.get(id, options)),
    put: (draft, context) => {
      const operation = context.ifVersion === undefined ? 'create' : 'replace';
      return time(operation, () => store.put(draft, context));
    },
    delete: (id, context) => time('delete', () => store.delete(id, context)),
    ...(store.query && {
      query: async (query: Query) => {
        const page = await time('query', async () => store.query?.(query));
        if (page === undefined) throw new Error('the store has no queries');
        measures.query(tenant, type.name, answeredBy(query, type, page.residual !== undefined));
        return page;
      },
    }),
    ...(store.applyDelta && {
      applyDelta: (id, deltas, context) =>
        time('delta', async () => store.applyDelta?.(id, deltas, context)),
    }),
    ...(store.expand && {
      expand: (resources: readonly Stored[], names: readonly string[], signal?: AbortSignal) =>
        time('expand', async () => (await store.expand?.(resources, names, signal)) ?? []),
    }),
  });
}

/** A scan takes as long as its reader does; what counts is when it ends, and how. */
async function* timed<T>(
  items: AsyncIterable<T>,
  time: (work: () => Promise<void>) => Promise<void>,
): AsyncGenerator<T> {
  let end: (error?: unknown) => void = () => undefined;
  const ended = new Promise<void>((resolve, reject) => {
    end = (error) => (error === undefined ? resolve() : reject(error));
  });
  const watched = time(() => ended).catch(() => undefined);
  try {
    yield* items;
    end();
  } catch (error) {
    end(error);
    throw error;
  } finally {
    end();
    await watched;
  }
}

function answeredBy({ filter }: Query, type: ResourceType, residual: boolean): Answered {
  if (residual) return 'residual';
  const isLookUp =
    filter?.kind === 'compare' &&
    filter.operator === 'eq' &&
    type.indexed.some((path) => samePath(path, filter.path));
  return isLookUp ? 'index' : 'store';
}

/** The code of a failure of the store; a caller that went away is none. */
function outcomeOf(error: unknown): string {
  if (error instanceof BackendError) return error.code;
  return error instanceof Error && error.name === 'AbortError' ? 'aborted' : 'failed';
}
