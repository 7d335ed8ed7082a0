import { BackendError } from '#backend';
import { isObject, type Json, type JsonObject, ScimError } from '#scim';

/** Why a resource, or elements of its relations, were not taken. */
export interface Refusal {
  /** The code of a backend error or the `scimType` of RFC 7644 §3.12; `differs` of what is there. */
  readonly code: string;
  readonly message: string;
  /** The resource itself was taken; what stands with this was not. */
  readonly onlyRelations?: true;
}

/** Key of what a line of a report says beside the resource. */
export const MARK = 'scimctl';

/** A line of the report: the resource, so that it can be mended and imported again, and why not. */
export function reportLine(refusal: Refusal, resource: JsonObject): string {
  return JSON.stringify({ [MARK]: { ...refusal }, ...resource });
}

export function readMark(value: Json | undefined): { readonly onlyRelations: boolean } | undefined {
  return isObject(value) ? { onlyRelations: value.onlyRelations === true } : undefined;
}

/**
 * What a failed write says of the resource.
 * @throws the error itself if it says nothing of it: a store that is away, a defect
 */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof BackendError && error.code !== 'unavailable') {
    return { code: error.code, message: error.message };
  }
  if (error instanceof ScimError) {
    return { code: error.scimType ?? 'invalidValue', message: error.detail };
  }
  throw error;
}
