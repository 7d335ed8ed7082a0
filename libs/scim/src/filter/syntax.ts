/** The untyped syntax tree of a filter, positions included (RFC 7644 §3.4.2.2). */
export const COMPARE_OPERATORS = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const;
export type CompareOperator = (typeof COMPARE_OPERATORS)[number];

export type SyntaxNode =
  | { readonly kind: 'and' | 'or'; readonly left: SyntaxNode; readonly right: SyntaxNode }
  | { readonly kind: 'not'; readonly operand: SyntaxNode }
  | {
      readonly kind: 'compare';
      readonly path: string;
      readonly operator: CompareOperator;
      readonly value: null | string | number | boolean;
      /** Character offset of the path in the filter, for messages. */
      readonly position: number;
    }
  | { readonly kind: 'present'; readonly path: string; readonly position: number }
  | {
      readonly kind: 'valuePath';
      readonly path: string;
      readonly filter: SyntaxNode;
      readonly position: number;
    };

/** The attribute paths that a filter starts from; those inside of brackets belong to elements. */
export function pathsOf(node: SyntaxNode): readonly string[] {
  switch (node.kind) {
    case 'and':
    case 'or':
      return [...pathsOf(node.left), ...pathsOf(node.right)];
    case 'not':
      return pathsOf(node.operand);
    case 'compare':
    case 'present':
    case 'valuePath':
      return [node.path];
  }
}
