import { backendModule } from '../kit/backend.module.js';
import { MemoryConnector } from './memory.connector.js';
import type { MemoryOptions } from './memory.options.js';

/** Provides the in-memory backend under `BACKEND`: `MemoryModule.register({})`. */
export class MemoryModule extends backendModule(
  (options: MemoryOptions) => new MemoryConnector(options),
) {}
