  combine as combineFilters,
  constant as constantFilter,
  negate as negateFilter,

export * from './date-time.js';
export * from './discovery/resource-types.js';
export * from './discovery/schemas.js';
export * from './discovery/service-provider-config.js';
export * from './errors.js';
export * from './etag.js';
export * from './filter/ast.js';
export type { ResolveOptions } from './filter/bind.js';
export * from './filter/evaluate.js';
export * from './filter/parser.js';
export * from './filter/path-parser.js';
export * from './filter/print.js';
export * from './filter/resolve.js';
export * from './filter/syntax.js';
export * from './filter/touched.js';
export * from './json.js';
export * from './mapping.js';
export * from './matching.js';
export * from './paging/cursor.js';
export * from './paging/position.js';
export * from './paging/sort.js';
export * from './password.js';
export * from './prepare.js';
export * from './projection/attribute-list.js';
export * from './projection/element-shape.js';
export * from './projection/location.js';
export * from './projection/projection.js';
export * from './projection/selection.js';
export * from './resource.js';
export * from './schema/attribute.js';
export * from './schema/compile.js';
export * from './schema/definition.js';
export * from './schema/documents.js';
export * from './schema/path.js';
export * from './schema/per-type.js';
export * from './schema/registry.js';
export * from './schema/resource-type.js';
export * from './schema/values.js';
export * from './urns.js';
export * from './validation/attribute-value.js';
export * from './validation/drop-reference.js';
export * from './validation/json-reader.js';
export * from './validation/normalise.js';
export * from './validation/replace.js';
export * from './validation/required.js';
export * from './validation/simple-value.js';
export * from './validation/validate-resource.js';

export {
export { comparison } from './filter/operators.js';

export { idOfUri } from './filter/kept-path.js';

} from './filter/fold.js';
