import { Inject, Injectable } from '@nestjs/common';
import { type Backend, createRepositories, type Repository } from '#backend';
import { EventsService } from '#events';
import type { ResourceType, SchemaRegistry } from '#scim';
import { SCHEMA_REGISTRY, TENANT_BACKENDS } from '../config/tokens.js';

/**
 * The repositories of every tenant: nothing ever leads from one tenant to another's. What is
 * written through them is announced.
 */
@Injectable()
export class Repositories {
  private readonly byTenant: ReadonlyMap<string, ReadonlyMap<string, Repository>>;

  constructor(
    @Inject(TENANT_BACKENDS) backends: ReadonlyMap<string, Backend>,
    @Inject(SCHEMA_REGISTRY) registry: SchemaRegistry,
    events: EventsService,
  ) {
    this.byTenant = new Map(
      [...backends].map(([tenant, backend]) => {
        const repositories = [...createRepositories(backend, registry)];
        return [
          tenant,
          new Map(repositories.map(([type, one]) => [type, events.announcing(tenant, one)])),
        ];
      }),
    );
  }

  of(tenant: string, type: Pick<ResourceType, 'name'>): Repository {
    const repository = this.byTenant.get(tenant)?.get(type.name);
    if (repository === undefined) throw new Error(`no repository of ${type.name} for ${tenant}`);
    return repository;
  }
}
