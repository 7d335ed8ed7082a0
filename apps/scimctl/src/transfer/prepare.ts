import { secretHandling } from '#backend';
import {
  type AttributeMapping,
  checkIdentifiers,
  compileMapping,
  isHashedPassword,
  isObject,
  type Json,
  type JsonObject,
  type ResourceType,
  sealSecrets,
  secretTexts,
  validateResource,
} from '#scim';
import type { Place } from '../place/place.js';
import type { Arrival } from './source.js';

/** A resource that the target's schemas allow, as it will be kept, with `id` and `meta` if it had them. */
export type Prepare = (item: Arrival) => Promise<JsonObject>;

/**
 * Takes resources as a client would send them: validated, mapped by the configuration, and with their
 * secrets hashed, unless they are hashes already.
 */
export function preparingForeign(place: Place): Prepare {
  const { configuration, registry } = place;
  const mappings = new Map<ResourceType, AttributeMapping>(
    registry.types.map((type) => [
      type,
      compileMapping(configuration.mappings[type.name] ?? {}, type),
    ]),
  );
  return async ({ type, resource }) => {
    const { strict } = configuration;
    const { attributes } = validateResource(resource, type, { strict, operation: 'create' });
    const mapped = mappings.get(type)?.(attributes) ?? attributes;
    const sealed = await withSecrets(place, type, mapped);
    const { id = resource.id } = sealed as JsonObject;
    const whole = { ...sealed, ...kept('id', id), ...kept('meta', resource.meta) };
    checkIdentifiers(type, whole, undefined);
    return whole;
  };
}

/** Takes resources of another store of ours as they are: their secrets are hashes there. */
export function preparingOwn(place: Place): Prepare {
  return async ({ type, resource }) => withSecrets(place, type, resource);
}

/** Secrets as hashes, new ones too. A store that hashes by itself cannot do anything with those. */
async function withSecrets<T extends JsonObject>(
  { backend, configuration }: Place,
  type: ResourceType,
  resource: T,
): Promise<T> {
  const handling = secretHandling(backend.supports, configuration.passwords === 'drop');
  const useless = handling === 'leave' && secretTexts(type, resource).some(isHashedPassword);
  return sealSecrets(type, resource, useless ? undefined : resource, useless ? 'drop' : handling);
}

function kept(name: string, value: Json | undefined): JsonObject {
  const known = name === 'id' ? typeof value === 'string' && value !== '' : isObject(value);
  return known && value !== undefined ? { [name]: value } : {};
}
