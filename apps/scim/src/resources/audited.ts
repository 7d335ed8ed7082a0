import type { ResourceType, ScimError } from '#scim';
import { scimErrorOf } from '../http/scim-error-of.js';
import type { Audit, AuditEntry } from '../operations/audit.js';
import type { RequestContext } from './request-context.js';

/** A write, as far as it is known before it is tried. */
export interface AuditedWrite {
  readonly action: Exclude<AuditEntry['action'], 'enter'>;
  readonly type: ResourceType;
  readonly id?: string;
  /** Paths of the attributes that are sent, once they are known. */
  attributes?: readonly string[];
}

/** Runs a write and notes what became of it: who, what, which attributes by name, how it ended. */
export async function audited<T>(
  audit: Audit,
  context: RequestContext,
  write: AuditedWrite,
  attempt: () => Promise<T>,
  idOf: (result: T) => string | undefined,
): Promise<T> {
  const note = (id: string | undefined, status: number, refusal?: ScimError) => {
    const { client, requestId, address } = context;
    audit.note(
      {
        requestId,
        tenant: client.tenant,
        client: client.id,
        ...(client.subject === undefined ? {} : { subject: client.subject }),
        address,
        action: write.action,
        type: write.type.name,
        id,
        ...(write.attributes === undefined ? {} : { attributes: write.attributes }),
        status,
        ...(refusal?.scimType === undefined ? {} : { scimType: refusal.scimType }),
      },
      refusal,
    );
  };
  try {
    const result = await attempt();
    note(idOf(result), STATUS[write.action]);
    return result;
  } catch (error) {
    const refusal = scimErrorOf(error, context.requestId);
    note(write.id, refusal.status, refusal);
    throw error;
  }
}

const STATUS = { create: 201, replace: 200, patch: 200, delete: 204 } as const;
