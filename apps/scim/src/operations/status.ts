import type { ScimReply } from '../http/reply.js';

/** What a probe is told: plain JSON, since whoever probes knows nothing of SCIM. */
export function statusReply(code: number, status: string): ScimReply {
  return { status: code, body: { status }, headers: { 'Content-Type': 'application/json' } };
}

/** The same in the OpenAPI document, with an example. */
export const statusContent = (status: string) => ({
  'application/json': {
    schema: {
      type: 'object',
      properties: { status: { type: 'string', description: 'How it is, in a word or two.' } },
      required: ['status'],
    },
    example: { status },
  },
});
