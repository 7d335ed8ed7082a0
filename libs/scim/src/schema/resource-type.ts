import type { Json } from '../json.js';
import type { Attribute, AttributePath } from './attribute.js';
import type { ResourceTypeDefinition, SchemaDefinition } from './definition.js';

/** A schema with its attributes compiled. */
export interface Schema {
  readonly id: string;
  readonly definition: SchemaDefinition;
  readonly attributes: readonly Attribute[];
  /** The same by lower-case name. */
  readonly byName: ReadonlyMap<string, Attribute>;
}

/** A set-like attribute that refers to other resources, e.g. `Group.members`. */
export interface Relation {
  readonly attribute: Attribute;
  /** Names of the types an element may refer to. */
  readonly types: readonly string[];
}

/** A computed attribute: the resources of `type` whose `relation` holds this one, e.g. `User.groups`. */
export interface Inverse {
  readonly attribute: Attribute;
  readonly type: string;
  readonly relation: string;
}

/** What a type has to know of the other types of the service. */
export interface Peers {
  /** Names of all types, by lower-case endpoint (`/users`). */
  readonly byEndpoint: ReadonlyMap<string, string>;
  /** Lower-case URIs of the schemas that only other types have. */
  readonly foreignSchemas: ReadonlySet<string>;
}

/** A resource type with everything a request needs to know, looked up and frozen once at start. */
export interface ResourceType {
  readonly name: string;
  /** `/Users` */
  readonly endpoint: string;
  readonly definition: ResourceTypeDefinition;
  /** Name of the table, collection, folder or organizational unit. */
  readonly collection: string;
  readonly schema: Schema;
  readonly extensions: readonly { readonly schema: Schema; readonly required: boolean }[];
  /** Common and base attributes in published order, by lower-case name. */
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** Extensions by lower-case URN. */
  readonly extensionByUrn: ReadonlyMap<string, Schema>;
  /** Every top-level attribute: common, base, and of each extension. */
  readonly all: readonly Attribute[];
  /** Attributes whose value no two resources of this type may share. */
  readonly unique: readonly AttributePath[];
  /** Attributes every backend finds without a scan (`eq`): unique, indexed and reference paths. */
  readonly indexed: readonly AttributePath[];
  readonly relations: readonly Relation[];
  readonly inverses: readonly Inverse[];
  /** Single- or multi-valued complex attributes with a `value` that is the id of another resource. */
  readonly references: readonly Attribute[];
  /** Attribute whose value others show as `display`. */
  readonly display: Attribute | undefined;
  /** What a create assigns to attributes it does not name. */
  readonly defaults: readonly { readonly attribute: Attribute; readonly value: Json }[];
  /** Attributes that a replace without them keeps. */
  readonly keptOnReplace: readonly Attribute[];
  readonly peers: Peers;
}
