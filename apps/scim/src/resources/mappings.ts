import { Inject, Injectable } from '@nestjs/common';
import {
  type AttributeMapping,
  compileMapping,
  type JsonObject,
  MappingError,
  type ResourceType,
  type SchemaRegistry,
} from '#scim';
import { SCHEMA_REGISTRY } from '../composition/tokens.js';
import { CONFIGURATION, type Configuration, ConfigurationError } from '../config/configuration.js';

type Mappings = ReadonlyMap<string, AttributeMapping>;

/**
 * Compiles the mappings of all resource types, by their names.
 * @throws ConfigurationError naming every variable with what cannot be mapped
 */
export function compileMappings(configuration: Configuration, registry: SchemaRegistry): Mappings {
  const compiled = new Map<string, AttributeMapping>();
  const problems: string[] = [];
  for (const type of registry.types) {
    try {
      compiled.set(type.name, compileMapping(configuration.mappings[type.name] ?? {}, type));
    } catch (error) {
      if (!(error instanceof MappingError)) throw error;
      const variable = `${type.name.toUpperCase()}_MAPPING`;
      problems.push(...error.message.split('\n').map((line) => `${variable} is wrong: ${line}`));
    }
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return compiled;
}

/** The attribute mappings of the configuration, compiled once for each resource type. */
@Injectable()
export class AttributeMappings {
  private readonly byType: Mappings;

  constructor(
    @Inject(CONFIGURATION) configuration: Configuration,
    @Inject(SCHEMA_REGISTRY) registry: SchemaRegistry,
  ) {
    this.byType = compileMappings(configuration, registry);
  }

  apply<T extends JsonObject>(type: ResourceType, attributes: T): T {
    return this.byType.get(type.name)?.(attributes) ?? attributes;
  }
}
