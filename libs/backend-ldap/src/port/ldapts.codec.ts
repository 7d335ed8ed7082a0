import {
  AndFilter,
  BerReader,
  type BerWriter,
  Control,
  EqualityFilter,
  type Filter,
  NotFilter,
  OrFilter,
  PresenceFilter,
  SubstringFilter,
} from 'ldapts';
import type { LdapFilter } from './directory.js';
import { Malformed } from './frames.js';
import type { SentControl } from './protocol.js';

/** What this library's own classes make of filters and controls, and a mend of its reader. */

const OCTETS = 0x04;

/** Its value goes as it is, and the answer's comes back as it is. */
export class OctetsControl extends Control {
  /** What the server answered with. */
  answer: Buffer | undefined;

  constructor(private readonly sent: SentControl) {
    super(sent.type, { critical: sent.critical });
  }

  /** Called by the library. */
  override writeControl(writer: BerWriter): void {
    writer.writeBuffer(this.sent.value, OCTETS);
  }

  /** Called by the library, with the control of this type in an answer. */
  override parseControl(reader: BerReader): void {
    this.answer = reader.buffer;
  }
}

export function filterOf(filter: LdapFilter): Filter {
  switch (filter.kind) {
    case 'and':
      return new AndFilter({ filters: filter.operands.map(filterOf) });
    case 'or':
      return new OrFilter({ filters: filter.operands.map(filterOf) });
    case 'not':
      return new NotFilter({ filter: filterOf(filter.operand) });
    case 'present':
      return new PresenceFilter({ attribute: filter.attribute });
    case 'equal': {
      const { attribute, value } = filter;
      return new EqualityFilter({ attribute, value });
    }
    case 'substring': {
      const { attribute, initial = '', any, final = '' } = filter;
      return new SubstringFilter({ attribute, initial, any: [...any], final });
    }
  }
}

// Where an element ends beyond its message, the reader says null and stays where it is; callers that
// read until the end then do so for ever. Messages come whole, so there is nothing to wait for.
const reader = BerReader.prototype as unknown as Record<
  'readString' | 'readSequence',
  (...given: readonly unknown[]) => unknown
>;
for (const name of ['readString', 'readSequence'] as const) {
  const read = reader[name];
  reader[name] = function (this: unknown, ...given: readonly unknown[]): unknown {
    const found = read.apply(this, [...given]);
    if (found === null) throw new Malformed('an element ends beyond its message');
    return found;
  };
}
