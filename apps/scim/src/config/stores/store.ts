import type { DynamicModule } from '@nestjs/common';
import type { Logger } from 'pino';
import type { SchemaRegistry } from '#scim';
import type { ObservedCall } from '#upstream-http';
import type { Report } from '../files.js';
import type { Peer } from '../peer.js';
import { readVariables, type VariableGroup } from '../variables/read.js';

/** Whose resources a backend keeps. */
export interface StoreTenant {
  readonly name: string;
  /** The tenant that there is without TENANTS: it has the place that the variables name to itself. */
  readonly isDefault: boolean;
  readonly logger: Logger;
  /** Counts what the store reports, by kind. */
  readonly noticed?: (kind: string) => void;
  /** The header `Via` for what is asked of other servers on behalf of the request at hand. */
  readonly via: () => string | undefined;
  /** Whether passwords are passed on as they were sent (`PASSWORDS=pass`). */
  readonly passwords: boolean;
  /** Told of each call of a store behind an API. */
  readonly observe: (call: ObservedCall) => void;
  /** Nothing will be written: what another process holds is read all the same. Default false. */
  readonly readOnly?: boolean;
}

/** All that a kind of store asks of the service. */
export interface StoreDefinition<V extends object, S extends object> {
  /** What an operator calls it. */
  readonly name: string;
  /** Its variables, with their defaults. */
  readonly variables: VariableGroup<V>;
  /** The variable that chooses it; without one it is what is used when no other is chosen. */
  readonly chosenBy?: keyof V & string;
  /**
   * What the variables say, frozen; what is wrong with them is reported.
   * @param environment for a default that another variable has
   */
  readonly settings: (
    variables: V,
    report: Report,
    environment: Readonly<Record<string, string>>,
  ) => S;
  /** Where the resources are, as an operator is told: without passwords and keys. */
  readonly place: (settings: S) => string;
  /** What several instances, crashes and events may rely on, in one line. */
  readonly guarantees: string;
  /** People sign in to it, so that passwords can be passed on. Default false. */
  readonly takesPasswords?: boolean;
  /** What it is reached at over a network. */
  readonly peers?: (settings: S) => readonly Peer[];
  /**
   * What is wrong with the variables that only the store's library or the schemas can tell: one text
   * for each, which begins with the variable. Loads the library.
   */
  readonly check?: (settings: S, registry: SchemaRegistry) => Promise<readonly string[]>;
  /** The module that provides a tenant's `BACKEND`. Loads the library, so that no other is loaded. */
  readonly module: (settings: S, tenant: StoreTenant) => Promise<DynamicModule>;
}

/** A store that the environment asks for. */
export interface ConfiguredStore {
  readonly name: string;
  /** The variable that chose it, if one did. */
  readonly chosenBy: string | undefined;
  readonly settings: object;
  readonly place: string;
  readonly guarantees: string;
  readonly takesPasswords: boolean;
  readonly peers: readonly Peer[];
  readonly check: (registry: SchemaRegistry) => Promise<readonly string[]>;
  readonly module: (tenant: StoreTenant) => Promise<DynamicModule>;
}

/** A kind of store, whatever its variables are. */
export interface StoreKind {
  readonly name: string;
  readonly variables: VariableGroup<object>;
  /** @returns undefined where the environment does not ask for this store */
  readonly read: (
    environment: Readonly<Record<string, string>>,
    report: Report,
  ) => ConfiguredStore | undefined;
}

export function defineStore<V extends object, S extends object>(
  definition: StoreDefinition<V, S>,
): StoreKind {
  const { name, variables: group, chosenBy } = definition;
  return {
    name,
    variables: group,
    read: (environment, report) => {
      const variables = readVariables(group, environment, report);
      if (chosenBy !== undefined && environment[chosenBy] === undefined) return undefined;
      const settings = definition.settings(variables, report, environment);
      return {
        name,
        chosenBy,
        settings,
        place: definition.place(settings),
        guarantees: definition.guarantees,
        takesPasswords: definition.takesPasswords ?? false,
        peers: definition.peers?.(settings) ?? [],
        check: async (registry) => (await definition.check?.(settings, registry)) ?? [],
        module: (tenant) => definition.module(settings, tenant),
      };
    },
  };
}

/** What a reader complains of, whose message begins with the variable. */
export function complaintOf(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

/** An address without the password and the options in it. */
export function withoutSecrets(url: string): string {
  const [, scheme = '', rest = ''] = /^([^:]*:\/\/)?(.*)$/s.exec(url) ?? [];
  // A password may hold any character: all before the last @ is user and password.
  const at = rest.lastIndexOf('@');
  const [user] = at < 0 ? [] : rest.slice(0, at).split(':');
  const [place] = rest.slice(at + 1).split('?');
  return `${scheme}${user === undefined ? '' : `${user}@`}${place}`;
}
