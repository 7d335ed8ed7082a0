/** What may be bound to a statement. Dates and JSON travel as text. */
export type Param = string | number | null;

/**
 * A piece of SQL with its values apart. Only the `sql` tag and `raw` make one, so that nothing that
 * a request brings ever becomes part of the text.
 */
export interface Sql {
  /** One more than `params`: each parameter stands between two of them. */
  readonly texts: readonly string[];
  readonly params: readonly Param[];
}

/** `` sql`select ${column} where id = ${id}` ``: pieces are nested, everything else is bound. */
export function sql(strings: TemplateStringsArray, ...values: readonly (Sql | Param)[]): Sql {
  const texts: string[] = [strings[0] ?? ''];
  const params: Param[] = [];
  values.forEach((value, i) => {
    if (typeof value === 'object' && value !== null) append(texts, params, value);
    else {
      params.push(value);
      texts.push('');
    }
    texts.push((texts.pop() ?? '') + (strings[i + 1] ?? ''));
  });
  return { texts, params };
}

/** Text as it is: names and keywords of ours, never anything that came from outside. */
export function raw(text: string): Sql {
  return { texts: [text], params: [] };
}

export const NOTHING = raw('');

/** The pieces one after another. */
export function join(pieces: readonly Sql[], separator: string): Sql {
  const texts: string[] = [''];
  const params: Param[] = [];
  pieces.forEach((piece, i) => {
    if (i > 0) texts.push((texts.pop() ?? '') + separator);
    append(texts, params, piece);
  });
  return { texts, params };
}

/** The values as a list of parameters: `?, ?, ?`. */
export function list(values: readonly Param[]): Sql {
  return join(
    values.map((value) => sql`${value}`),
    ', ',
  );
}

/** The text with the placeholders of a database; `n` counts from 1. */
export function render({ texts }: Sql, placeholder: (n: number) => string): string {
  return texts.reduce((text, next, i) => (i === 0 ? next : text + placeholder(i) + next), '');
}

function append(texts: string[], params: Param[], { texts: more, params: values }: Sql): void {
  texts.push((texts.pop() ?? '') + (more[0] ?? ''));
  for (let i = 0; i < values.length; i++) {
    params.push(values[i] ?? null);
    texts.push(more[i + 1] ?? '');
  }
}
