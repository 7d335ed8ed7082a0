import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  BackendError,
  type Draft,
  type Repository,
  type Stored,
  secretHandling,
  type WriteContext,
} from '#backend';
import {
  applyPatch,
  checkIdentifiers,
  checkPreconditions,
  checkRequired,
  compilePatch,
  isConditional,
  type JsonObject,
  mergeForReplace,
  notFound,
  type PatchPlan,
  type RelationDelta,
  type ResourceType,
  type SecretHandling,
  sealSecrets,
  uniqueness,
  validateResource,
} from '#scim';
import { authorise } from '../access/rights.js';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { Audit } from '../operations/audit.js';
import { type AuditedWrite, audited } from './audited.js';
import { compareAndSet, timeAfter } from './commit.js';
import { AttributeMappings } from './mappings.js';
import { checkOwnChanges, keepOthers } from './own-changes.js';
import { type FindTargets, withoutUnknown, withoutUnknownAdditions } from './relation-targets.js';
import { Repositories } from './repositories.js';
import type { RequestContext } from './request-context.js';

/** A resource after a write, and what of it the client had sent (for returned=request). */
export interface Written {
  readonly stored: Stored;
  readonly sent?: ReadonlySet<string>;
}

/** Create, read, replace, patch and delete: one way for all resource types and all callers. */
@Injectable()
export class ResourceService {
  private readonly logger = new Logger(ResourceService.name);
  /** What a write demands of added relation elements, by UNKNOWN_MEMBERS. */
  private readonly targets: 'exist' | 'any';

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    private readonly repositories: Repositories,
    private readonly mappings: AttributeMappings,
    private readonly audit: Audit,
  ) {
    this.targets = configuration.unknownMembers === 'accept' ? 'any' : 'exist';
  }

  /** @throws ScimError 404 */
  async read(
    context: RequestContext,
    type: ResourceType,
    id: string,
    expand: readonly string[],
  ): Promise<Stored> {
    authorise(context.client.rights, 'read', type);
    const stored = await this.repository(context, type).get(id, { expand, signal: context.signal });
    if (stored === undefined) throw unknownResource(type, id);
    return stored;
  }

  /** RFC 7644 §3.3 */
  async create(context: RequestContext, type: ResourceType, body: unknown): Promise<Written> {
    const write: AuditedWrite = { action: 'create', type };
    const attempt = () => this.createAudited(write, context, type, body);
    return audited(this.audit, context, write, attempt, ({ stored }) => stored.id);
  }

  private async createAudited(
    write: AuditedWrite,
    context: RequestContext,
    type: ResourceType,
    body: unknown,
  ): Promise<Written> {
    authorise(context.client.rights, 'write', type);
    const { attributes, sent } = validateResource(body, type, this.validation(context, 'create'));
    write.attributes = [...sent];
    const repository = this.repository(context, type);
    const now = timeAfter(undefined);
    const stored = await compareAndSet(false, async () => {
      const draft = await this.complete(context, type, attributes, undefined, now);
      // Ids of our own are unique anyway; one that a mapping chose may not be.
      if (
        draft.id !== undefined &&
        (await this.repositories.isTaken(context.client.tenant, type, draft.id))
      ) {
        throw uniqueness('There is a resource with this id already.');
      }
      return (await repository.put(draft, { targets: this.targets, now, signal: context.signal }))
        .stored;
    });
    return { stored, sent };
  }

  /** RFC 7644 §3.5.1 */
  async replace(
    context: RequestContext,
    type: ResourceType,
    id: string,
    body: unknown,
  ): Promise<Written> {
    const write: AuditedWrite = { action: 'replace', type, id };
    const attempt = () => this.replaceAudited(write, context, type, id, body);
    return audited(this.audit, context, write, attempt, ({ stored }) => stored.id);
  }

  private async replaceAudited(
    write: AuditedWrite,
    context: RequestContext,
    type: ResourceType,
    id: string,
    body: unknown,
  ): Promise<Written> {
    authorise(context.client.rights, 'write', type);
    const { attributes, sent } = validateResource(body, type, this.validation(context, 'replace'));
    write.attributes = [...sent];
    const repository = this.repository(context, type);
    const relations = type.relations.map(({ attribute }) => attribute.name);
    const stated = type.relations
      .filter(
        ({ attribute }) => sent.has(attribute.path) || !type.keptOnReplace.includes(attribute),
      )
      .map(({ attribute }) => attribute.name);
    const stored = await compareAndSet(context.ifMatch !== undefined, async () => {
      const current = await this.current(context, type, id, relations);
      const merged = mergeForReplace(current, attributes, type, sent);
      const { mayChange } = context;
      const allowed =
        mayChange === undefined ? merged : keepOthers(type, current, merged, sent, mayChange);
      // A PUT says what relations become, whatever they were; only not where some of it is refused.
      const restated = mayChange === undefined ? stated : [];
      return this.write(context, type, repository, current, allowed, { keep: [], restated });
    });
    return { stored, sent };
  }

  /** RFC 7644 §3.5.2. Pure additions to and removals from relations never read the relation. */
  async patch(
    context: RequestContext,
    type: ResourceType,
    id: string,
    body: unknown,
  ): Promise<Written> {
    const write: AuditedWrite = { action: 'patch', type, id };
    const attempt = () => this.patchAudited(write, context, type, id, body);
    return audited(this.audit, context, write, attempt, ({ stored }) => stored.id);
  }

  private async patchAudited(
    write: AuditedWrite,
    context: RequestContext,
    type: ResourceType,
    id: string,
    body: unknown,
  ): Promise<Written> {
    authorise(context.client.rights, 'write', type);
    const lenient = !this.configuration.strict;
    const { patchMaxOperations, filterMaxTerms } = this.configuration;
    const plan = compilePatch(body, type, {
      lenient,
      base: context.absoluteBase,
      maxOperations: { most: patchMaxOperations, setting: 'PATCH_MAX_OPERATIONS' },
      filterTerms: filterMaxTerms,
    });
    write.attributes = [...plan.touches];
    if (context.mayChange !== undefined) checkOwnChanges(plan.touches, context.mayChange);
    const repository = this.repository(context, type);
    const stored = await compareAndSet(context.ifMatch !== undefined, () =>
      plan.deltas === undefined
        ? this.patchAttributes(context, type, repository, id, plan)
        : this.patchRelations(context, type, repository, id, plan.deltas),
    );
    return { stored, sent: plan.touches };
  }

  /** RFC 7644 §3.6. @throws ScimError 404, 412 */
  async remove(context: RequestContext, type: ResourceType, id: string): Promise<void> {
    const write: AuditedWrite = { action: 'delete', type, id };
    const attempt = () => this.removeAudited(write, context, type, id);
    return audited(this.audit, context, write, attempt, () => id);
  }

  private async removeAudited(
    _write: AuditedWrite,
    context: RequestContext,
    type: ResourceType,
    id: string,
  ): Promise<void> {
    authorise(context.client.rights, 'write', type);
    const repository = this.repository(context, type);
    await compareAndSet(context.ifMatch !== undefined, async () => {
      const ifVersion = isConditional(context)
        ? (await this.current(context, type, id, [])).meta.version
        : undefined;
      const write: WriteContext = {
        now: timeAfter(undefined),
        signal: context.signal,
        ...(ifVersion === undefined ? {} : { ifVersion }),
      };
      if ((await repository.delete(id, write)) === undefined) throw unknownResource(type, id);
    });
  }

  private async patchAttributes(
    context: RequestContext,
    type: ResourceType,
    repository: Repository,
    id: string,
    plan: PatchPlan,
  ): Promise<Stored> {
    const relations = type.relations.map(({ attribute }) => attribute.name);
    const touched = relations.filter((name) => plan.touches.has(name));
    const current = await this.current(context, type, id, touched);
    const patched = applyPatch(plan, current);
    const kept = relations.filter((name) => !plan.touches.has(name));
    const restated = [...plan.restates];
    return this.write(context, type, repository, current, patched, { keep: kept, restated });
  }

  private async patchRelations(
    context: RequestContext,
    type: ResourceType,
    repository: Repository,
    id: string,
    wanted: readonly RelationDelta[],
  ): Promise<Stored> {
    const current = await this.current(context, type, id, []);
    let deltas = wanted;
    if (this.configuration.unknownMembers === 'skip') {
      const checked = await withoutUnknownAdditions(type, wanted, this.finder(context, type));
      this.reportSkipped(type, checked.skipped);
      deltas = checked.deltas;
    }
    const result = await repository.applyDelta(id, deltas, {
      ...(isConditional(context) ? { ifVersion: current.meta.version } : {}),
      targets: this.targets,
      now: timeAfter(current.meta.lastModified),
      signal: context.signal,
    });
    if (result === undefined) throw unknownResource(type, id);
    return result.stored;
  }

  /** Writes what became of a resource; the same content again writes nothing (§3.5.2.1). */
  private async write(
    context: RequestContext,
    type: ResourceType,
    repository: Repository,
    current: Stored,
    attributes: JsonObject,
    relations: Required<Pick<WriteContext, 'keep' | 'restated'>>,
  ): Promise<Stored> {
    const now = timeAfter(current.meta.lastModified);
    const draft = await this.complete(context, type, attributes, current, now);
    const { signal } = context;
    // A client's own precondition is about everything that its version covers.
    const write = {
      ifVersion: current.meta.version,
      targets: this.targets,
      now,
      ...relations,
      signal,
      ...(context.ifMatch === undefined ? { computedFrom: current } : {}),
    };
    try {
      return (await repository.put(draft, write, current)).stored;
    } catch (error) {
      if (error instanceof BackendError && error.code === 'not-found') {
        throw unknownResource(type, current.id);
      }
      throw error;
    }
  }

  /** Everything that happens between what the client wants and what is stored. */
  private async complete(
    context: RequestContext,
    type: ResourceType,
    attributes: JsonObject,
    current: Stored | undefined,
    now: string,
  ): Promise<Draft> {
    const mapped = this.mappings.apply(type, attributes);
    const sealed = await sealSecrets(type, mapped, current, this.secretsOf(context));
    checkRequired(sealed, type);
    checkIdentifiers(type, sealed, current);
    const id = current?.id ?? mappedId(mapped);
    const draft = {
      ...sealed,
      ...(id === undefined ? {} : { id }),
      meta: {
        resourceType: type.name,
        created: current?.meta.created ?? now,
        lastModified: now,
      },
    } as unknown as Draft;
    if (this.configuration.unknownMembers !== 'skip') return draft;
    const checked = await withoutUnknown(type, draft, current, this.finder(context, type));
    this.reportSkipped(type, checked.skipped);
    return checked.draft;
  }

  /** The stored resource, once the client's preconditions hold. @throws ScimError 404, 412 */
  private async current(
    context: RequestContext,
    type: ResourceType,
    id: string,
    expand: readonly string[],
  ): Promise<Stored> {
    const stored = await this.read(context, type, id, expand);
    checkPreconditions(context, stored.meta.version, 'write');
    return stored;
  }

  private secretsOf({ client }: RequestContext): SecretHandling {
    const dropped = this.configuration.passwords === 'drop';
    return secretHandling(this.repositories.supports(client.tenant), dropped);
  }

  private finder(context: RequestContext, type: ResourceType): FindTargets {
    const repository = this.repository(context, type);
    return (relation, ids) => repository.targets(relation, ids);
  }

  private reportSkipped(type: ResourceType, skipped: readonly string[]): void {
    if (skipped.length === 0) return;
    this.logger.warn(`${skipped.length} unknown member(s) of a ${type.name} skipped`);
  }

  private validation({ absoluteBase }: RequestContext, operation: 'create' | 'replace') {
    return { strict: this.configuration.strict, operation, base: absoluteBase };
  }

  private repository(context: RequestContext, type: ResourceType): Repository {
    return this.repositories.of(context.client.tenant, type);
  }
}

/** A mapping onto `id` leaves the chosen id among the attributes of a new resource. */
function mappedId(attributes: JsonObject): string | undefined {
  return typeof attributes.id === 'string' ? attributes.id : undefined;
}

function unknownResource(type: ResourceType, id: string) {
  return notFound(`There is no ${type.name} with id "${id.slice(0, 100)}".`);
}
