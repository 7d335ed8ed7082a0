import { Inject, Injectable } from '@nestjs/common';
import { parseFilter, type ResourceType, resolvePath, type SchemaRegistry, ScimError } from '#scim';
import { type Rights, speaksForNobody } from '../access/rights.js';
import { SCHEMA_REGISTRY } from '../composition/tokens.js';
import { CONFIGURATION, type Configuration, ConfigurationError } from '../config/configuration.js';
import { Repositories } from '../resources/repositories.js';
import type { RequestContext } from '../resources/request-context.js';

/** Resource type of people. */
const USER = 'User';

/** Of somebody who deals with nothing but the own resource. */
const OWN: Rights = Object.freeze({ read: true, write: true, events: false, endpoints: undefined });

/** The resource that a request speaks of as /Me, and what may be done with it. */
export interface Own {
  readonly type: ResourceType;
  readonly id: string;
  readonly context: RequestContext;
}

/** Finds the resource of whoever a token speaks for (RFC 7644 §3.11). */
@Injectable()
export class OwnResource {
  private readonly type: ResourceType | undefined;
  private readonly mayChange: ReadonlySet<string>;

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    @Inject(SCHEMA_REGISTRY) registry: SchemaRegistry,
    private readonly repositories: Repositories,
  ) {
    this.type = registry.types.find(({ name }) => name === USER);
    this.mayChange = ownWritable(configuration, registry);
  }

  /** @throws ScimError 501 for clients that speak for nobody, 404, 409 where it is not one resource */
  async find(context: RequestContext): Promise<Own> {
    const attribute = this.configuration.oidc?.subject;
    const { subject } = context.client;
    if (attribute === undefined || subject === undefined || this.type === undefined)
      throw speaksForNobody();
    const { type } = this;
    const filter = parseFilter(`${attribute} eq ${JSON.stringify(subject)}`, type, {});
    const repository = this.repositories.of(context.client.tenant, type);
    const { items } = await repository.query({
      filter,
      start: { offset: 0 },
      limit: 2,
      expand: [],
    });
    // Letter case tells people apart for their issuer (OpenID Connect Core §2), whatever the attribute does.
    const [own, other] = items.filter((item) => item[attribute] === subject);
    if (own === undefined) throw new ScimError(404, undefined, 'You have no account here.');
    if (other !== undefined) {
      throw new ScimError(409, undefined, `Several accounts have your ${attribute}.`);
    }
    const client = { ...context.client, rights: OWN };
    return { type, id: own.id, context: { ...context, client, mayChange: this.mayChange } };
  }
}

/**
 * Paths of the attributes that people may change of themselves, names of extensions standing for
 * all of theirs.
 * @throws ConfigurationError for a name that no user has
 */
export function ownWritable(
  { meWritable }: Configuration,
  registry: SchemaRegistry,
): ReadonlySet<string> {
  const type = registry.types.find(({ name }) => name === USER);
  const paths = new Set<string>();
  const problems: string[] = [];
  for (const name of meWritable) {
    const found = type === undefined ? undefined : resolvePath(type, name);
    if (found?.kind === 'extension') {
      for (const { path } of found.extension.attributes) paths.add(path);
    } else if (found !== undefined && found.sub === undefined) paths.add(found.attribute.path);
    else problems.push(name);
  }
  if (problems.length === 0) return paths;
  throw new ConfigurationError([
    `ME_WRITABLE names what users do not have: ${problems.join(', ')}`,
  ]);
}
