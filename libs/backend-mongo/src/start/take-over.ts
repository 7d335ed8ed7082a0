import type { mongo } from 'mongoose';
import { newVersion, parseContent, type Stored } from '#backend';
import { ContentError, isObject, type JsonObject } from '#scim';
import type { Database, Session } from '../connection/database.js';
import { DuplicateError } from '../connection/failure.js';
import type { Layout, TypeLayout } from '../layout/layout.js';
import { isServed, type ResourceDocument, type ServedDocument } from '../mongo.document.js';
import { documentOf, isPossibleId, plainContent, storedOf, toStored } from '../mongo.mapping.js';
import type { MongoNotice } from '../mongo.options.js';
import { elementsOf } from '../write/changes.js';
import { Step } from '../write/step.js';

type Report = (notice: MongoNotice) => void;

/** Documents of one step. */
const BATCH = 100;

/**
 * Takes over documents that the reference wrote: they become what this service writes, and members
 * move to their collection. A document without what is derived was not taken over yet; its elements
 * are there before it is written, so that whatever stops it in the middle, it can be done again.
 */
export async function takeOver(
  database: Database,
  layout: Layout,
  type: TypeLayout,
  report: Report,
): Promise<void> {
  let taken = 0;
  await eachBatch(database, type, { '_scim.mark': null }, async (documents) => {
    const contents = documents.flatMap((document) => readForeign(type, document, report) ?? []);
    await together(contents, (some) =>
      inStep(database, layout, async (step) => {
        for (const content of some) await write(step, database, type, content, report);
      }),
    );
    taken += contents.length;
  });
  if (taken === 0) return;
  const message = `${taken} documents of the collection ${type.collection} were taken over as they are.`;
  report({ kind: 'taking-over', message });
}

/** Derives anew what was derived by other schemas, without a change of what clients see. */
export async function deriveAgain(
  database: Database,
  type: TypeLayout,
  marks: readonly string[],
  report: Report,
): Promise<void> {
  let rederived = 0;
  await eachBatch(database, type, { '_scim.mark': { $in: [...marks] } }, async (documents) => {
    for (const document of documents.filter(isServed)) {
      const { seq, born, mark } = document._scim;
      const derived = documentOf(type, storedOf(document), { seq, born });
      // Whoever changed it meanwhile derived it as well.
      const same = { _id: document._id, '_scim.seq': seq, '_scim.mark': mark };
      await withTwins(type, derived, report, (one) =>
        database.run(() => resources(database, type).replaceOne(same, { ...one })),
      );
    }
    rederived += documents.length;
  });
  if (rederived === 0) return;
  const message = `${rederived} documents of the collection ${type.collection} were indexed anew.`;
  report({ kind: 'taking-over', message });
}

interface Foreign {
  readonly stored: Stored;
  readonly resource: JsonObject;
}

async function write(
  step: Step,
  database: Database,
  type: TypeLayout,
  { stored, resource }: Foreign,
  report: Report,
): Promise<void> {
  const seq = step.next();
  for (const { relation, ...layout } of type.relations) {
    const elements = elementsOf(relation, resource[layout.name]).map(({ value }) => ({ value }));
    await step.forget({ relation, ...layout }, stored.id, seq);
    await step.add({ relation, ...layout }, stored.id, elements, seq);
  }
  const own = documentOf(type, stored, { seq, born: seq });
  const untouched = { _id: stored.id, '_scim.mark': null };
  const twins = await withoutTwins(database, type, own, report, step.session);
  await resources(database, type).replaceOne(
    untouched,
    { ...twins },
    database.options(step.session),
  );
}

/**
 * The reference compared letter by letter, and let some values be there twice. One document of those
 * that share a value keeps it for itself, so nobody else can have it.
 */
async function withoutTwins(
  database: Database,
  type: TypeLayout,
  document: ServedDocument,
  report: Report,
  session?: Session,
): Promise<ServedDocument> {
  const left: Record<string, ServedDocument['_scim']['u'][string]> = {};
  for (const [name, value] of Object.entries(document._scim.u)) {
    const values = Array.isArray(value) ? value : [value];
    const other = await resources(database, type).findOne(
      { [`_scim.u.${name}`]: { $in: values }, _id: { $ne: document._id } },
      { projection: { _id: 1 }, ...database.options(session) },
    );
    if (other === null) left[name] = value;
  }
  const kept = Object.keys(left).length;
  if (kept === Object.keys(document._scim.u).length) return document;
  reportTwin(type, document, report);
  return { ...document, _scim: { ...document._scim, u: left } };
}

/** Writes; what turns out to be taken is given up. */
async function withTwins(
  type: TypeLayout,
  document: ServedDocument,
  report: Report,
  attempt: (document: ServedDocument) => Promise<unknown>,
): Promise<void> {
  try {
    await attempt(document);
  } catch (error) {
    if (!(error instanceof DuplicateError)) throw error;
    const u = Object.fromEntries(
      Object.entries(document._scim.u).filter(
        ([name]) => !error.fields.includes(`_scim.u.${name}`),
      ),
    );
    if (Object.keys(u).length === Object.keys(document._scim.u).length) throw error;
    reportTwin(type, document, report);
    await withTwins(type, { ...document, _scim: { ...document._scim, u } }, report, attempt);
  }
}

function reportTwin({ collection }: TypeLayout, { _id }: ServedDocument, report: Report): void {
  const message = `The document ${JSON.stringify(_id)} of the collection ${collection} shares a value with another one that should be unique; both are served.`;
  report({ kind: 'duplicate-value', message });
}

function readForeign(
  { type, collection }: TypeLayout,
  document: ResourceDocument,
  report: Report,
): Foreign | undefined {
  const id: unknown = document._id;
  try {
    if (typeof id !== 'string') throw new ContentError('its _id is no text');
    if (!isPossibleId(id)) throw new ContentError('its _id cannot be the id of a resource');
    const { _id, ...content } = plainContent(document);
    if (!isObject(content)) throw new ContentError('it is no object');
    const draft = parseContent(type, content, id, new Date());
    return { stored: toStored(type, draft, id, newVersion()), resource: draft };
  } catch (cause) {
    if (!(cause instanceof ContentError)) throw cause;
    const message = `The document ${JSON.stringify(String(id))} of the collection ${collection} is not served: ${cause.message}.`;
    report({ kind: 'unreadable', message, cause });
    return undefined;
  }
}

async function inStep(
  database: Database,
  layout: Layout,
  work: (step: Step) => Promise<void>,
): Promise<void> {
  if (database.hasTransactions) {
    await database.transaction((session) => work(new Step(database, layout, session)));
  } else {
    await database.run(() => work(new Step(database, layout, undefined)));
  }
}

/** All in one step; where values collide, one by one. */
async function together<T>(
  items: readonly T[],
  work: (items: readonly T[]) => Promise<void>,
): Promise<void> {
  if (items.length === 0) return;
  try {
    await work(items);
  } catch (error) {
    if (!(error instanceof DuplicateError) || items.length === 1) throw error;
    for (const item of items) await work([item]);
  }
}

async function eachBatch(
  database: Database,
  type: TypeLayout,
  query: mongo.Filter<ResourceDocument>,
  work: (documents: readonly ResourceDocument[]) => Promise<void>,
): Promise<void> {
  let after: unknown;
  for (;;) {
    const later = after === undefined ? query : { ...query, _id: { $gt: after } };
    const documents = await database.run(() =>
      resources(database, type)
        .find(later as mongo.Filter<ResourceDocument>, { promoteLongs: true })
        .sort({ _id: 1 })
        .limit(BATCH)
        .toArray(),
    );
    await work(documents);
    after = documents.at(-1)?._id;
    if (documents.length < BATCH) return;
  }
}

function resources(database: Database, { collection }: TypeLayout) {
  return database.collection<ResourceDocument>(collection);
}
