import { Inject, Injectable } from '@nestjs/common';
import { type Capabilities, createRepositories, type Repository } from '#backend';
import { EventsService } from '#events';
import type { ResourceType, SchemaRegistry } from '#scim';
import { TenantBackends } from '../composition/tenant-backends.js';
import { SCHEMA_REGISTRY } from '../composition/tokens.js';

/**
 * The repositories of every tenant: nothing ever leads from one tenant to another's. What is
 * written through them is announced.
 */
@Injectable()
export class Repositories {
  /** Made when first asked for, since backends are open only then. */
  private readonly byTenant = new Map<string, ReadonlyMap<string, Repository>>();

  constructor(
    private readonly backends: TenantBackends,
    @Inject(SCHEMA_REGISTRY) private readonly registry: SchemaRegistry,
    private readonly events: EventsService,
  ) {}

  of(tenant: string, type: Pick<ResourceType, 'name'>): Repository {
    const repository = this.ofTenant(tenant).get(type.name);
    if (repository === undefined) throw new Error(`there is no repository of ${type.name}`);
    return repository;
  }

  /** What a tenant's store promises. */
  supports(tenant: string): Capabilities {
    return this.backends.of(tenant).supports;
  }

  /** Whether lists of a tenant are entered after a resource as cheaply as at an index. */
  seek(tenant: string): boolean {
    return this.backends.of(tenant).supports.seeks;
  }

  private ofTenant(tenant: string): ReadonlyMap<string, Repository> {
    const known = this.byTenant.get(tenant);
    if (known !== undefined) return known;
    const plain = [...createRepositories(this.backends.of(tenant), this.registry)];
    const made = new Map(
      plain.map(([type, repository]) => [type, this.events.announcing(tenant, repository)]),
    );
    this.byTenant.set(tenant, made);
    return made;
  }

  /** Whether a resource of another type has the id: it is unique over all of them (RFC 7643 §3.1). */
  async isTaken(tenant: string, type: Pick<ResourceType, 'name'>, id: string): Promise<boolean> {
    for (const [name, repository] of this.ofTenant(tenant)) {
      if (name === type.name) continue;
      if ((await repository.get(id, { expand: [] })) !== undefined) return true;
    }
    return false;
  }
}
