/** An attribute type of the server (RFC 4512 §4.1.2), as far as it matters here. */
export interface ServerAttribute {
  /** The name that the server uses, in lower case. */
  readonly name: string;
  /** Object identifier of its syntax. */
  readonly syntax: string | undefined;
  readonly singleValue: boolean;
  /** Most characters of a value, where the server says so. */
  readonly longest?: number;
  /** Name of the matching rule, in lower case; without one its values cannot be searched for. */
  readonly equality: string | undefined;
  readonly substring: boolean;
}

/** What a server's subschema entry says. */
export class ServerSchema {
  private readonly attributes = new Map<string, ServerAttribute>();
  private readonly classes = new Set<string>();

  /** @param impliesRules attributes are compared by their syntax, and no definition says how */
  constructor(
    attributeTypes: readonly string[],
    objectClasses: readonly string[],
    private readonly impliesRules = false,
  ) {
    const definitions = attributeTypes.map(readDefinition);
    const byName = new Map<string, Definition>();
    for (const definition of definitions) {
      for (const name of definition.names) byName.set(name, definition);
    }
    for (const definition of definitions) {
      const attribute = this.withRules(resolve(definition, byName));
      for (const name of definition.names) this.attributes.set(name, attribute);
    }
    for (const text of objectClasses) {
      for (const name of namesOf(text)) this.classes.add(name);
    }
  }

  /** By any of its names, or its identifier. */
  attribute(name: string): ServerAttribute | undefined {
    return this.attributes.get(name.toLowerCase());
  }

  /** Notes how long values of some attributes may be, in characters. */
  limit(longest: ReadonlyMap<string, number>): void {
    for (const [name, characters] of longest) {
      const attribute = this.attribute(name);
      if (attribute === undefined) continue;
      this.attributes.set(name.toLowerCase(), { ...attribute, longest: characters });
    }
  }

  private withRules(attribute: ServerAttribute): ServerAttribute {
    if (!this.impliesRules || attribute.equality !== undefined) return attribute;
    const equality = IMPLIED_RULES[attribute.syntax?.split('.').at(-1) ?? ''];
    return { ...attribute, equality, substring: equality === 'caseignorematch' };
  }

  hasClass(name: string): boolean {
    return this.classes.has(name.toLowerCase());
  }
}

/** By the last number of the syntax (RFC 4517 §3.3). */
const IMPLIED_RULES: Readonly<Record<string, string>> = {
  12: 'distinguishednamematch',
  15: 'caseignorematch',
  26: 'caseexactia5match',
  27: 'integermatch',
  40: 'octetstringmatch',
};

interface Definition {
  readonly names: readonly string[];
  readonly superior: string | undefined;
  readonly syntax: string | undefined;
  readonly singleValue: boolean;
  readonly equality: string | undefined;
  readonly substring: boolean;
}

function readDefinition(text: string): Definition {
  // Descriptions may hold any word.
  const bare = text.replace(/DESC\s+'[^']*'/gi, '');
  return {
    names: namesOf(text),
    superior: /\sSUP\s+([\w.-]+)/i.exec(bare)?.[1]?.toLowerCase(),
    syntax: /\sSYNTAX\s+'?([\d.]+)/i.exec(bare)?.[1],
    singleValue: /\sSINGLE-VALUE\b/i.test(bare),
    equality: /\sEQUALITY\s+([\w.-]+)/i.exec(bare)?.[1]?.toLowerCase(),
    substring: /\sSUBSTR\s/i.test(bare),
  };
}

/** Names first, in the order of the definition, then the identifier; all in lower case. */
function namesOf(text: string): readonly string[] {
  const identifier = /^\(\s*([\w.-]+)/.exec(text)?.[1];
  const list = /\sNAME\s+(?:'([^']+)'|\(([^)]*)\))/i.exec(text);
  const names = [...(list?.[1] ?? list?.[2] ?? '').matchAll(/[\w.;-]+/g)].map(([name]) => name);
  return [...names, ...(identifier === undefined ? [] : [identifier])].map((name) =>
    name.toLowerCase(),
  );
}

/** With what is inherited from superiors. */
function resolve(definition: Definition, byName: ReadonlyMap<string, Definition>): ServerAttribute {
  let { syntax, equality, substring } = definition;
  let superior = definition.superior;
  for (let depth = 0; superior !== undefined && depth < 20; depth++) {
    const above = byName.get(superior);
    syntax ??= above?.syntax;
    equality ??= above?.equality;
    substring ||= above?.substring ?? false;
    superior = above?.superior;
  }
  const [name = ''] = definition.names;
  return { name, syntax, equality, substring, singleValue: definition.singleValue };
}
