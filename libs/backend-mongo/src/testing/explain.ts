import type { mongo } from 'mongoose';
import type { Query } from '#backend';
import type { ResourceType } from '#scim';
import { lookUp } from '../filter/look-up.js';
import type { MongoBackend } from '../mongo.backend.js';
import type { ElementDocument } from '../mongo.document.js';
import { Elements } from '../read/elements.js';
import { nativeQuery } from '../read/mongo.query.js';

/** What the database says it would do, and whether it reads only what it finds by an index. */
export async function explain(
  backend: MongoBackend | undefined,
  type: ResourceType,
  query: Query,
): Promise<{ indexed: boolean; plan: string }> {
  if (backend === undefined) throw new Error('the backend is not open');
  const { database, layout } = backend;
  const own = layout.named(type.name);
  const found = await lookUp(database, new Elements(database), own, query.filter);
  const { page } = nativeQuery(own, query, found);
  if (page?.kind !== 'find') return { indexed: false, plan: 'left to the engine, or computed' };
  const { filter } = query;
  const relation =
    filter?.kind === 'compare' &&
    own.relations.find((one) => one.relation.attribute === filter.path.attribute);
  const plans = [
    await database
      .collection(own.collection)
      .find(page.query as mongo.Document)
      .sort({ ...page.sort })
      .limit(page.limit)
      .explain('queryPlanner'),
    // What is asked about a relation is looked up among its elements before.
    ...(relation
      ? [
          await database
            .collection<ElementDocument>(relation.collection)
            .find({ value: 'x' })
            .explain('queryPlanner'),
        ]
      : []),
  ];
  const stages = plans.flatMap((plan) => stagesOf(plan.queryPlanner?.winningPlan));
  return {
    indexed: !stages.includes('COLLSCAN') && stages.some((stage) => FOUND.has(stage)),
    plan: JSON.stringify(plans, undefined, 1),
  };
}

/** `EOF` is what is known to be nothing; newer servers look an id up in one stage. */
const FOUND = new Set(['IXSCAN', 'IDHACK', 'EOF', 'EXPRESS_IXSCAN', 'EXPRESS_CLUSTERED_IXSCAN']);

function stagesOf(plan: mongo.Document | undefined): readonly string[] {
  if (plan === undefined) return [];
  const inner = [
    plan.inputStage,
    plan.queryPlan,
    ...(plan.inputStages ?? []),
    ...(plan.shards ?? []),
  ];
  return [
    ...(typeof plan.stage === 'string' ? [plan.stage] : []),
    ...inner.flatMap((one) => stagesOf(one)),
  ];
}
