import { type Mapping, readMapping } from '../values.js';
import { Choice, Flag, fromJson, Names, Parsed, Text } from './kinds.js';

const JSON_MAPPING =
  'a JSON object of attribute names and paths, like {"userName": "sram_user_extension.eduPersonUniqueId"}';

/** What is served, and how clients are read. */
export class ProtocolVariables {
  /** Turns every leniency towards clients off. */
  @Flag()
  STRICT = false;

  /** Form of `meta.location`: relative, absolute, or auto, which is relative for SRAM. */
  @Choice(['auto', 'relative', 'absolute'])
  META_LOCATION: 'auto' | 'relative' | 'absolute' = 'auto';

  /** Refuse a second resource of a type with the same `externalId`. */
  @Flag()
  EXTERNAL_ID_UNIQUE = true;

  /** Members that do not exist: refused (400), left out, or kept. */
  @Choice(['reject', 'skip', 'accept'])
  UNKNOWN_MEMBERS: 'reject' | 'skip' | 'accept' = 'reject';

  /** What becomes of passwords: they are hashed, dropped, or passed on to what people sign in to. */
  @Choice(['hash', 'drop', 'pass'])
  PASSWORDS: 'hash' | 'drop' | 'pass' = 'hash';

  /** Attributes that no filter in a URI may name; such a query is for POST /.search. */
  @Names()
  SENSITIVE_ATTRIBUTES: readonly string[] = ['password'];

  /** Paging of lists that name neither `startIndex` nor `cursor`. */
  @Choice(['index', 'cursor'])
  DEFAULT_PAGINATION: 'index' | 'cursor' = 'index';

  /** Folder of schema files that replace or add to the shipped ones. */
  @Text()
  SCHEMA_PATH?: string;

  /** Attributes of users that get the value of another one on every write. */
  @Parsed(JSON_MAPPING, fromJson(readMapping))
  USER_MAPPING: Mapping = {};

  /** The same for groups. */
  @Parsed(JSON_MAPPING, fromJson(readMapping))
  GROUP_MAPPING: Mapping = {};

  /** Name of the folder, table or unit of users. */
  @Text()
  USER_MODEL_NAME = 'Users';

  /** Name of the folder, table or unit of groups. */
  @Text()
  GROUP_MODEL_NAME = 'Groups';
}
