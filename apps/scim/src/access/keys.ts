import { watch } from 'node:fs';
import { dirname } from 'node:path';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { LOGGER } from '../operations/logger.js';
import type { Client } from './client.js';
import { Keyring } from './keyring.js';

/** Time in which several events of one change become one, in ms. */
const DEBOUNCE = 200;

/**
 * The keys that open the service now. Files of keys are read again when they change, or when the
 * operator asks for it; what is wrong with them then leaves the keys as they were.
 */
@Injectable()
export class Keys implements OnApplicationShutdown {
  private keyring: Keyring;
  private readonly watchers;
  private pending: NodeJS.Timeout | undefined;

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.keyring = new Keyring(configuration.tenants);
    // The folder, since platforms exchange such files by renaming a link beside them.
    const folders = new Set(configuration.keyFiles.map((path) => dirname(path)));
    this.watchers = [...folders].map((folder) => {
      const watcher = watch(folder, { persistent: false }, () => this.soon());
      watcher.on('error', (err) => logger.warn({ err, folder }, 'changes of keys are not noticed'));
      return watcher;
    });
  }

  /** @returns the client of a key, `expired` for one whose time is over, undefined for no key */
  find(key: string): Client | 'expired' | undefined {
    return this.keyring.find(key);
  }

  /** Reads the files of keys again. */
  reload(): void {
    try {
      const read = this.configuration.readKeysAgain();
      const open = new Set(this.configuration.tenants.map(({ name }) => name));
      const tenants = read.filter(({ name }) => open.has(name));
      const late = read.filter(({ name }) => !open.has(name)).map(({ name }) => name);
      if (late.length > 0) {
        this.logger.warn({ tenants: late }, 'new tenants are served from the next start on');
      }
      this.keyring = new Keyring(tenants);
      this.logger.info(
        { keys: tenants.flatMap(({ keys }) => keys).length },
        'keys were read again',
      );
    } catch (error) {
      this.logger.error({ err: error }, 'keys could not be read again, the old ones stay');
    }
  }

  onApplicationShutdown(): void {
    clearTimeout(this.pending);
    for (const watcher of this.watchers) watcher.close();
  }

  private soon(): void {
    clearTimeout(this.pending);
    this.pending = setTimeout(() => this.reload(), DEBOUNCE);
  }
}
