/**
 * How values of an attribute are compared (RFC 7643 §2.2, §2.3; RFC 7644 §3.4.2.2). `userName` is
 * the UsernameCaseMapped preparation of RFC 8265, for case-insensitive unique attributes.
 */
export type MatchingRule =
  | 'caseIgnore'
  | 'caseExact'
  | 'userName'
  | 'boolean'
  | 'number'
  | 'dateTime'
  | 'binary'
  | 'none';
