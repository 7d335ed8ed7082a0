import { Inject, Injectable } from '@nestjs/common';
import {
  type AttributeMapping,
  compileMapping,
  type JsonObject,
  type ResourceType,
  type SchemaRegistry,
} from '#scim';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { SCHEMA_REGISTRY } from '../config/tokens.js';

/** The attribute mappings of the configuration, compiled once for each resource type. */
@Injectable()
export class AttributeMappings {
  private readonly byType: ReadonlyMap<string, AttributeMapping>;

  /** @throws MappingError naming what cannot be mapped */
  constructor(
    @Inject(CONFIGURATION) configuration: Configuration,
    @Inject(SCHEMA_REGISTRY) registry: SchemaRegistry,
  ) {
    this.byType = new Map(
      registry.types.map((type) => [
        type.name,
        compileMapping(configuration.mappings[type.name] ?? {}, type),
      ]),
    );
  }

  apply<T extends JsonObject>(type: ResourceType, attributes: T): T {
    return this.byType.get(type.name)?.(attributes) ?? attributes;
  }
}
