import type { Configuration } from '../../config/configuration.js';

const INTRODUCTION = `Users, groups and further resources by SCIM 2.0 (RFC 7643, RFC 7644, RFC 9865).

Press **Authorize** and enter a key. Then every operation below can be executed as it opens: its
examples work, and the ids of what you create are filled in where they are needed next.`;

const TOUR = `### A short tour

1. **Create a user**: \`POST /Users\`, Execute. The answer tells the \`id\`.
2. **Create a group**: \`POST /Groups\`, Execute.
3. **Add** the user to the group: \`PATCH /Groups/{id}\`, example "Add to members".
4. **Look**: \`GET /Users/{id}\` shows the group; \`GET /Groups/{id}\` shows the member.
5. **Deactivate** the user: \`PATCH /Users/{id}\`, example "Set active to false".
6. **Find**: \`GET /Users\`, with the filter that it suggests.
7. **Remove** the member and delete both: "Remove from members", then \`DELETE\`.`;

const RULES = `### Good to know

Requests and answers are \`application/scim+json\`. Every error is a SCIM error, whose \`detail\` says
what to fix. Which attributes there are, \`GET /Schemas\` tells.

Where the service is set up so, every change is announced on RabbitMQ as an **EventMessage** (see
Schemas): persistent, at least once, in order for each resource; repeats have the same message id.`;

/** What the page says above its operations. */
export function description(types: ReadonlyMap<string, unknown>): string {
  const hasTour = types.has('User') && types.has('Group');
  return [INTRODUCTION, ...(hasTour ? [TOUR] : []), RULES].join('\n\n');
}

/** What the key is, for whoever is asked for it. */
export const KEY =
  'One of the keys of this service (`API_KEY`, `API_KEY_FILE`, or a tenant’s), as its operator gave it ' +
  'to you, or an access token where the service takes them.';

/** What /Me is, and why it answers with 501. */
export function aboutMe({ oidc }: Configuration): string {
  const why = 'Keys belong to no user, and are answered with 501';
  return oidc?.subject === undefined
    ? `The own resource. ${why}; tokens of users are not set up here (\`OIDC_SUBJECT\`), so that everybody is.`
    : `The own resource of whoever a token speaks for. ${why}.`;
}
