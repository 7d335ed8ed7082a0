import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsOptional, ValidateBy } from 'class-validator';

/**
 * Decorators for the kinds of values that environment variables have. Each reads the text and
 * refuses what cannot be read; a variable that is not set keeps its default.
 */

/**
 * How a variable's text becomes a value; anything that is not understood is `undefined`, or an error
 * that says why.
 */
interface Kind {
  readonly name: string;
  readonly read: (text: string) => unknown;
  /** Completes the sentence "NAME must be …". */
  readonly expected: string;
}

/** What stands for a text that could not be read; it never passes validation. */
export class Unreadable {
  /** @param why without the value, which may be a secret */
  constructor(readonly why: string | undefined) {}
}

function variable({ name, read, expected }: Kind): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }) =>
      typeof value === 'string' ? understood(() => read(value.trim())) : value,
    ),
    IsOptional(),
    ValidateBy({
      name,
      validator: {
        validate: (value: unknown) => !(value instanceof Unreadable),
        defaultMessage: (context) => {
          const why = context?.value instanceof Unreadable ? context.value.why : undefined;
          return `must be ${expected}${why === undefined ? '' : `; ${why}`}`;
        },
      },
    }),
  );
}

function understood(read: () => unknown): unknown {
  try {
    return read() ?? new Unreadable(undefined);
  } catch (error) {
    return new Unreadable(error instanceof Error ? error.message : undefined);
  }
}

export function Text(): PropertyDecorator {
  return variable({ name: 'text', read: (text) => text, expected: 'text' });
}

export function WholeNumber(from: number, to: number = Number.MAX_SAFE_INTEGER): PropertyDecorator {
  const limits = to === Number.MAX_SAFE_INTEGER ? `, ${from} or more` : ` from ${from} to ${to}`;
  return variable({
    name: 'wholeNumber',
    expected: `a whole number${limits}`,
    read: (text) => {
      const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
      return number >= from && number <= to ? number : undefined;
    },
  });
}

export function Flag(): PropertyDecorator {
  const values: Readonly<Record<string, boolean>> = {
    true: true,
    yes: true,
    on: true,
    '1': true,
    false: false,
    no: false,
    off: false,
    '0': false,
  };
  return variable({
    name: 'flag',
    expected: 'true or false',
    read: (text) => values[text.toLowerCase()],
  });
}

/** One of `values`, in any letter case. */
export function Choice(values: readonly string[]): PropertyDecorator {
  return variable({
    name: 'choice',
    expected: `one of ${values.join(', ')}`,
    read: (text) => values.find((value) => value.toLowerCase() === text.toLowerCase()),
  });
}

const SECRETS = new Map<object, string[]>();

/** Marks a variable that may also come from a file: `<NAME>_FILE` names it. Nobody is shown it. */
export function Secret(): PropertyDecorator {
  return (target, name) => {
    SECRETS.set(target, [...(SECRETS.get(target) ?? []), String(name)]);
  };
}

/** Names of the secrets among the variables of a group. */
export function secretsOf(group: new () => object): readonly string[] {
  return SECRETS.get(group.prototype) ?? [];
}

/** Names separated by commas. */
export function Names(): PropertyDecorator {
  return variable({ name: 'names', expected: 'names separated by commas', read: splitList });
}

/** What `read` makes of the text; undefined refuses it. */
export function Parsed(expected: string, read: (text: string) => unknown): PropertyDecorator {
  return variable({ name: 'parsed', expected, read });
}

/** The non-empty parts of a comma-separated list; undefined if there is none. */
export function splitList(text: string): readonly string[] | undefined {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return parts.length > 0 ? parts : undefined;
}

/** Parses JSON and hands it to `accept`; whatever is wrong gives undefined. */
export function fromJson<T>(accept: (value: unknown) => T | undefined) {
  return (text: string): T | undefined => {
    try {
      return accept(JSON.parse(text));
    } catch {
      return undefined;
    }
  };
}
