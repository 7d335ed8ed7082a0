export {
  type Capabilities,
  capabilities,
  type Guarantee,
  targetTypes,
  uniquenessOf,
} from './capabilities.js';
export * from './contract.js';
export {
  computedRelations,
  elementsOf,
  isCurrent,
  keptElements,
  withElements,
} from './engine/content.js';
export { inverseElement } from './engine/read/inverses.js';
export type { PageQuery, ResultPage } from './engine/read/query.js';
export { Smallest } from './engine/read/smallest.js';
export { createRepositories, type Repository } from './engine/repository.js';
export type { WriteResult } from './engine/write/put.js';
export { displayOf, type Target } from './engine/write/targets.js';
export * from './errors.js';
export { answered } from './kit/answered.js';
export { backendModule } from './kit/backend.module.js';
export * from './kit/foreign-content.js';
export { guarding } from './kit/guarding.js';
export { inTurn } from './kit/in-turn.js';
export * from './kit/leases.js';
export * from './kit/locks.js';
export { namingAttributes } from './kit/naming.js';
export { overriding } from './kit/overriding.js';
export * from './kit/page-list.js';
export { withoutPassword } from './kit/passed-password.js';
export { pieces } from './kit/pieces.js';
export { afterPrefix } from './kit/prefix.js';
export * from './kit/push-down.js';
export { reach } from './kit/reach.js';
export * from './kit/search-document.js';
export { secretHandling } from './kit/secret-handling.js';
export { stretches, TimeSlice, turn } from './kit/time-slice.js';
export * from './kit/unique.js';
export { checkVersion, contentVersion, newVersion } from './kit/versions.js';
export { MemoryBackend } from './memory/memory.backend.js';
export { MemoryConnector } from './memory/memory.connector.js';
export { MemoryModule } from './memory/memory.module.js';
export type { MemoryOptions } from './memory/memory.options.js';
export * from './outbox.js';
export * from './tokens.js';
