import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { type Backend, createRepositories, type Repository } from '#backend';
import { EVENTS_MODULE_OPTIONS } from './events.module-definition.js';
import type { EventsOptions } from './events.options.js';
import type { Publisher } from './publisher.js';
import { AnnouncingRepository } from './recording/announcing.repository.js';
import { type EventResource, eventResource } from './recording/event-resource.js';
import { resourceReader } from './recording/resource-reader.js';
import { Relay, type RelayMeasure } from './relay/relay.js';

/** Time that messages under way have when the service ends, in ms. */
const GRACE = 2_000;

/** Announces what is committed: one relay for the outbox of each tenant. */
@Injectable()
export class EventsService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly relays = new Map<
    string,
    { readonly relay: Relay; readonly publisher: Publisher }
  >();
  private readonly render: EventResource;

  constructor(@Inject(EVENTS_MODULE_OPTIONS) private readonly options: EventsOptions) {
    this.render = eventResource(options.registry);
  }

  /** The repository through which a tenant's resources are to be written. */
  announcing(tenant: string, repository: Repository): Repository {
    if (this.options.broker === undefined) return repository;
    const wake = () => this.relays.get(tenant)?.relay.wake();
    return new AnnouncingRepository(repository, this.render, wake);
  }

  async onApplicationBootstrap(): Promise<void> {
    const { backends, broker } = this.options;
    if (broker === undefined) return;
    // The broker's libraries are loaded only where there is a broker.
    const { RabbitmqPublisher } = await import('./rabbitmq/rabbitmq.publisher.js');
    for (const [tenant, backend] of backends()) {
      this.start(tenant, backend, new RabbitmqPublisher(broker(tenant)));
    }
  }

  /** What is under way is finished; what waits is kept. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all(
      [...this.relays.values()].map(async ({ relay, publisher }) => {
        const cut = setTimeout(() => void publisher.close(), GRACE);
        await relay.stop();
        clearTimeout(cut);
        await publisher.close();
      }),
    );
  }

  measure(): Promise<readonly RelayMeasure[]> {
    return Promise.all([...this.relays.values()].map(({ relay }) => relay.measure()));
  }

  /** Whether events cannot be published at the moment. */
  get isDegraded(): boolean {
    return [...this.relays.values()].some(
      ({ relay: { state } }) => state === 'failing' || state === 'blocked',
    );
  }

  private start(tenant: string, backend: Backend, publisher: Publisher): void {
    const { outbox } = backend;
    if (outbox === undefined) throw new Error(`the backend of tenant ${tenant} has no outbox`);
    const { registry, log } = this.options;
    const read = resourceReader(createRepositories(backend, registry), this.render);
    const relay = new Relay(outbox, publisher, read, { name: tenant, log });
    this.relays.set(tenant, { relay, publisher });
    relay.start();
  }
}
