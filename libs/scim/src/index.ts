export { parseBulk } from './bulk/message.js';
export { planBulk } from './bulk/plan.js';
export type { BulkOutcome } from './bulk/result.js';
export { type BulkAction, runBulk } from './bulk/run.js';
export { dateTimeKey } from './date-time.js';
export { findResourceType, resourceTypeResource } from './discovery/resource-types.js';
export { findSchema, schemaResource } from './discovery/schemas.js';
export {
  type ServiceFeatures,
  serviceProviderConfig,
} from './discovery/service-provider-config.js';
export {
  invalidCount,
  invalidFilter,
  invalidSyntax,
  invalidValue,
  notFound,
  ScimError,
  type ScimType,
  uniqueness,
} from './errors.js';
export { answerTag, etagMatches } from './etag.js';
export type {
  CompareFilter,
  Filter,
  FilterPath,
  PresentFilter,
  ValuePathFilter,
} from './filter/ast.js';
export type { ResolveOptions } from './filter/bind.js';
export { compileFilter, isAssigned } from './filter/evaluate.js';
export {
  combine as combineFilters,
  constant as constantFilter,
  negate as negateFilter,
} from './filter/fold.js';
export { idOfUri } from './filter/kept-path.js';
export { comparison } from './filter/operators.js';
export { MAX_FILTER_LENGTH, parseFilterSyntax } from './filter/parser.js';
export { printFilter } from './filter/print.js';
export { parseFilter } from './filter/resolve.js';
export { type CompareOperator, pathsOf } from './filter/syntax.js';
export { touchedAttributes } from './filter/touched.js';
export {
  equalJson,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type MutableJsonObject,
} from './json.js';
export { ContentError, keptForm, withoutEmptyMembers } from './kept-form.js';
export { type AttributeMapping, compileMapping, MappingError } from './mapping.js';
export { comparable, compareKeys, type Key, type MatchingRule } from './matching.js';
export { CursorSealer, queryFingerprint } from './paging/cursor.js';
export type { Position } from './paging/position.js';
export {
  comparePositions,
  LONGEST_SORT_KEY,
  parseSort,
  positionOf,
  type Sort,
  sortedPart,
  sortResources,
} from './paging/sort.js';
export { checkedPassword, hashPassword, isHashedPassword, verifyPassword } from './password.js';
export { applyPatch } from './patch/apply.js';
export type { RelationDelta, RelationElement } from './patch/delta.js';
export { readMembers } from './patch/message-members.js';
export { compilePatch, type PatchPlan } from './patch/plan.js';
export { checkPreconditions, isConditional, preconditionFailed } from './preconditions.js';
export { parseAttributeList } from './projection/attribute-list.js';
export { resourceLocation } from './projection/location.js';
export { compileProjection, neededRelations, type Projection } from './projection/projection.js';
export { type JsonLimits, parseJson } from './reader/json-reader.js';
export { wellFormed } from './reader/text.js';
export type { Meta, Resource } from './resource.js';
export { type Attribute, type AttributePath, leaf } from './schema/attribute.js';
export { SchemaDefinitionError } from './schema/compile.js';
export type { AttributeDefinition, AttributeType } from './schema/definition.js';
export { assembleDocuments, type SchemaFiles } from './schema/documents.js';
export { resolvePath, samePath } from './schema/path.js';
export { compileRegistry, type SchemaRegistry } from './schema/registry.js';
export type { Inverse, Relation, ResourceType, Schema } from './schema/resource-type.js';
export { isSecret, passwordAttribute } from './schema/secrets.js';
export { attributeValue, valuesAt } from './schema/values.js';
export {
  hasClearSecrets,
  type SecretHandling,
  sealSecrets,
  secretAttributes,
  secretTexts,
} from './secrets.js';
export { MessageUrn } from './urns.js';
export { dropReference } from './validation/drop-reference.js';
export { checkIdentifiers } from './validation/identifiers.js';
export { normalise, presentSchemas } from './validation/normalise.js';
export { mergeForReplace } from './validation/replace.js';
export { checkRequired } from './validation/required.js';
export { validateResource } from './validation/validate-resource.js';
