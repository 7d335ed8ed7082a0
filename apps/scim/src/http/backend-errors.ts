import { type BackendError, type BackendErrorCode } from '#backend';
import { invalidValue, notFound, ScimError, type ScimType, uniqueness } from '#scim';

/** Seconds a client should wait where the backend names none. */
const RETRY_AFTER = 5;
/** Ids named in a message; a group may have thousands of unknown members. */
const MOST_IDS = 10;

/** How each failure of a backend is told to the client; the only place that decides it. */
const RENDER: Readonly<Record<BackendErrorCode, (error: BackendError) => ScimError>> = {
  conflict: () =>
    new ScimError(412, undefined, 'The resource was changed meanwhile; read it again.'),
  'not-found': () => notFound('There is no such resource.'),
  exists: () => uniqueness('There is a resource with this id already.'),
  unique: ({ details }) =>
    uniqueness(`Another resource has this ${details.path ?? 'value'} already.`),
  'unknown-target': ({ details }) => invalidValue(unknownTargets(details.ids ?? [])),
  'invalid-id': ({ message }) => invalidValue(message),
  unsupported: ({ message }) => invalidValue(message),
  refused: ({ message, details }) =>
    new ScimError(details.status ?? 400, details.scimType as ScimType | undefined, message),
  unavailable: ({ details }) =>
    new ScimError(503, undefined, 'The data store does not answer; try again later.', {
      'Retry-After': String(Math.ceil(details.retryAfter ?? RETRY_AFTER)),
    }),
};

export function renderBackendError(error: BackendError): ScimError {
  return RENDER[error.code](error);
}

function unknownTargets(ids: readonly string[]): string {
  const named = ids.slice(0, MOST_IDS).map((id) => JSON.stringify(id));
  const more = ids.length > MOST_IDS ? ` and ${ids.length - MOST_IDS} more` : '';
  return `No resource has the id ${named.join(', ')}${more}; refer to existing resources only.`;
}
