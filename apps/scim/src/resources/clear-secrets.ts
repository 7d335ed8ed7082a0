import { mkdirSync, writeFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import { BackendError, type Draft, type Position, type Repository, type Stored } from '#backend';
import {
  hasClearSecrets,
  type ResourceType,
  type SchemaRegistry,
  sealSecrets,
  secretAttributes,
} from '#scim';
import { TenantBackends } from '../composition/tenant-backends.js';
import { SCHEMA_REGISTRY } from '../composition/tokens.js';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { LOGGER } from '../operations/logger.js';
import { timeAfter } from './commit.js';
import { Repositories } from './repositories.js';

/** Resources looked at in one go. */
const PAGE = 200;

/**
 * The reference kept passwords in clear. What was taken over from it is hashed once, after the first
 * start, while the service already works; whatever is written meanwhile is hashed with that write.
 * Stores that are not ours are left to the next write of each resource.
 */
@Injectable()
export class ClearSecrets implements OnApplicationShutdown {
  private readonly ending = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    @Inject(SCHEMA_REGISTRY) private readonly registry: SchemaRegistry,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly backends: TenantBackends,
    private readonly repositories: Repositories,
  ) {}

  /** Begins, in the background. */
  start(): void {
    this.running = this.run().catch((err: unknown) => {
      if (!this.ending.signal.aborted) {
        this.logger.warn({ err }, 'secrets in clear could not be looked for; the next start will');
      }
    });
  }

  async onApplicationShutdown(): Promise<void> {
    this.ending.abort();
    await this.running;
  }

  private get handling(): 'hash' | 'drop' {
    return this.configuration.passwords === 'drop' ? 'drop' : 'hash';
  }

  private async run(): Promise<void> {
    // What the next change passes on, nobody hashes before.
    if (this.configuration.passwords === 'pass') return;
    for (const { name: tenant } of this.configuration.tenants) {
      if (this.backends.of(tenant).supports.ids === 'assigned') continue;
      const mark = join(this.configuration.statePath, `secrets-sealed-${tenant}`);
      if (await exists(mark)) continue;
      let sealed = 0;
      for (const type of this.registry.types) {
        if (secretAttributes(type).length > 0) sealed += await this.sealAll(tenant, type);
      }
      if (this.ending.signal.aborted) return;
      this.remember(mark);
      if (sealed > 0)
        this.logger.warn({ tenant, resources: sealed }, 'secrets in clear were hashed');
    }
  }

  /** Where nothing can be kept, the next start looks again. */
  private remember(mark: string): void {
    try {
      mkdirSync(this.configuration.statePath, { recursive: true, mode: 0o700 });
      writeFileSync(mark, '', { mode: 0o600 });
    } catch (err) {
      this.logger.debug({ err }, 'secrets in clear will be looked for again');
    }
  }

  private async sealAll(tenant: string, type: ResourceType): Promise<number> {
    const repository = this.repositories.of(tenant, type);
    const relations = type.relations.map(({ attribute }) => attribute.name);
    let after: Position | undefined;
    let sealed = 0;
    do {
      const start = after === undefined ? { offset: 0 } : { after };
      const page = await repository.query({ start, limit: PAGE, expand: [] });
      for (const stored of page.items) {
        if (this.ending.signal.aborted) return sealed;
        if (!hasClearSecrets(type, stored)) continue;
        if (await this.seal(repository, type, stored, relations)) sealed++;
      }
      after = page.next;
    } while (after !== undefined && !this.ending.signal.aborted);
    return sealed;
  }

  private async seal(
    repository: Repository,
    type: ResourceType,
    stored: Stored,
    keep: readonly string[],
  ): Promise<boolean> {
    const now = timeAfter(stored.meta.lastModified);
    const attributes = await sealSecrets(type, stored, stored, this.handling);
    const meta = { ...stored.meta, lastModified: now };
    try {
      await repository.put({ ...attributes, meta } as unknown as Draft, {
        ifVersion: stored.meta.version,
        now,
        keep,
        targets: 'any',
      });
      return true;
    } catch (error) {
      // Somebody wrote it meanwhile, and with that its secrets were hashed; or it is gone.
      if (error instanceof BackendError && ['conflict', 'not-found'].includes(error.code)) {
        return false;
      }
      throw error;
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
