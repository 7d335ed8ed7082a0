import { invalidSyntax, invalidValue, ScimError } from '../errors.js';
import { isArray, isObject, type Json } from '../json.js';
import { ExponentNumber } from './exponent-number.js';
import { type JsonOutline, outlineOf, repeatedKeyOf } from './json-scan.js';
import { problemOfText, wellFormed } from './text.js';

/** A limit, and the setting that says so, for the message. */
export interface Limit {
  readonly most: number;
  readonly setting: string;
}

export interface JsonLimits {
  /** Levels of arrays and objects; what walks the value later would run out of stack. */
  readonly depth?: number;
  /** Values in all, which take far more memory than text: `[],[],…`. */
  readonly nodes?: Limit;
  /** Bytes of one string, in UTF-8. */
  readonly valueBytes?: Limit;
}

/** A bulk request with a PATCH in it needs about ten. */
const DEEPEST = 100;
const NO_LIMIT: Limit = { most: Number.POSITIVE_INFINITY, setting: '' };
/** Stands before a number with an exponent while it is parsed; no text that is read can hold it. */
const MARK = '\udfff';

/**
 * Reads the JSON of a request by one rule for all stores: no key twice in one object, and no text
 * that some store could not keep or compare. Numbers with an exponent come as `ExponentNumber`.
 * @throws ScimError invalidSyntax for what is not JSON or nests too deeply, invalidValue that says
 *   where for ill-formed text, 413 beyond a limit
 */
export function parseJson(text: string, limits: JsonLimits = {}): unknown {
  const { depth = DEEPEST, nodes = NO_LIMIT, valueBytes = NO_LIMIT } = limits;
  const json = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  const outline = outlineOf(json, { nodes: nodes.most, depth });
  if (outline.depth > depth) throw invalidSyntax(`The body nests deeper than ${depth} levels.`);
  if (outline.nodes > nodes.most) {
    throw tooLarge(`The body has more than ${nodes.most} values`, nodes);
  }
  const value = parsed(json);
  const walk = new Walk(valueBytes);
  walk.check(value);
  if (walk.keys !== outline.members) {
    throw invalidSyntax(`The member "${clip(repeatedKeyOf(json))}" is given twice in one object.`);
  }
  return outline.exponents.length === 0 ? value : withExponents(json, outline);
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw invalidSyntax('The body is not valid JSON.');
  }
}

/** Counts keys and looks at every text; where it is comes together on the way back. */
class Walk {
  keys = 0;

  constructor(private readonly valueBytes: Limit) {}

  check(value: Json): void {
    const path: string[] = [];
    const found = this.problemIn(value, path);
    if (found === undefined) return;
    const where = path.length === 0 ? 'The body' : clip(path.reverse().join('').replace(/^\./, ''));
    throw found.tooLarge
      ? tooLarge(`${where} ${found.says}`, this.valueBytes)
      : wrong(where, found);
  }

  private problemIn(value: Json, path: string[]): Problem | undefined {
    if (typeof value === 'string') return this.problemOf(value);
    if (isArray(value)) {
      for (let i = 0; i < value.length; i++) {
        const found = this.problemIn(value[i] ?? null, path);
        if (found === undefined) continue;
        path.push(`[${i}]`);
        return found;
      }
      return undefined;
    }
    if (!isObject(value)) return undefined;
    for (const key of Object.keys(value)) {
      this.keys += 1;
      const found = this.problemOf(key) ?? this.problemIn(value[key] ?? null, path);
      if (found === undefined) continue;
      path.push(`.${wellFormed(key)}`);
      return found;
    }
    return undefined;
  }

  private problemOf(text: string): Problem | undefined {
    const { most } = this.valueBytes;
    // A UTF-16 unit has three bytes at most.
    if (text.length * 3 > most && Buffer.byteLength(text) > most) {
      return { says: `is longer than ${most} bytes`, tooLarge: true };
    }
    const says = problemOfText(text);
    return says === undefined ? undefined : { says, tooLarge: false };
  }
}

interface Problem {
  readonly says: string;
  readonly tooLarge: boolean;
}

function wrong(where: string, { says }: Problem): ScimError {
  return invalidValue(`${where} ${says}.`);
}

function tooLarge(what: string, { setting }: Limit): ScimError {
  return new ScimError(413, undefined, `${what}, the limit set by ${setting}.`);
}

/** Parses again, since few bodies have such numbers. */
function withExponents(text: string, { exponents }: JsonOutline): unknown {
  let marked = '';
  let from = 0;
  for (let i = 0; i < exponents.length; i += 2) {
    const [start = 0, end = 0] = exponents.slice(i, i + 2);
    marked += `${text.slice(from, start)}"${MARK}${text.slice(start, end)}"`;
    from = end;
  }
  return JSON.parse(marked + text.slice(from), (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK)
      ? new ExponentNumber(value.slice(MARK.length))
      : value,
  );
}

function clip(text: string | undefined): string {
  return (text ?? '').slice(0, 200);
}
