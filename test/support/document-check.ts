import { Ajv, type ValidateFunction } from 'ajv';
import addFormatsModule from 'ajv-formats';

type Part = Readonly<Record<string, unknown>>;

/** As much of an OpenAPI document as answers are compared with. */
export interface CheckedDocument {
  readonly paths: Readonly<Record<string, unknown>>;
  readonly components?: unknown;
}

/** As much of an answer as is compared. */
export interface CheckedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: unknown;
}

/** Headers that say something of a resource or an error: what is documented is sent, and no other. */
const HEADERS = ['etag', 'location', 'retry-after', 'www-authenticate'];
/** Statuses that have their headers for some of their reasons only. */
const SOMETIMES = new Set([403, 503]);

/** Compares answers of a service with its OpenAPI document. */
export class DocumentCheck {
  /** How many answers were compared so far. */
  checked = 0;
  private readonly ajv = new Ajv({ strict: false, allErrors: true });
  private readonly validators = new Map<string, ValidateFunction>();
  private readonly paths: readonly { readonly template: string; readonly pattern: RegExp }[];

  constructor(readonly document: CheckedDocument) {
    addFormatsModule.default(this.ajv);
    this.ajv.addSchema(closed(document) as object, 'document');
    this.paths = Object.keys(document.paths)
      .sort((a, b) => Number(a.includes('{')) - Number(b.includes('{')))
      .map((template) => ({ template, pattern: patternOf(template) }));
  }

  /**
   * What the document does not say of an answer: nothing, if it is true. Paths and methods that are
   * no operation are not its matter.
   * @param path without BASE_PATH
   */
  problems(method: string, path: string, answer: CheckedAnswer): readonly string[] {
    const [plain = '/'] = path.split('?');
    const template = this.paths.find(({ pattern }) => pattern.test(plain))?.template;
    const operation = part(part(this.document.paths, template), method.toLowerCase());
    if (template === undefined || operation === undefined) return [];
    this.checked += 1;
    const place = ['paths', template, method.toLowerCase(), 'responses', String(answer.status)];
    const response = this.resolve(place);
    if (response === undefined) return [`${answer.status} is not documented`];
    return [...this.headers(response.at, answer), ...this.body(response, answer)];
  }

  private resolve(
    at: readonly string[],
  ): { readonly at: Part; readonly place: readonly string[] } | undefined {
    const found = at.reduce<unknown>(part, this.document);
    if (!isPart(found)) return undefined;
    const { $ref } = found;
    return typeof $ref === 'string'
      ? this.resolve($ref.slice('#/'.length).split('/'))
      : { at: found, place: at };
  }

  private headers(
    { headers = {} }: Part,
    { status, headers: sent }: CheckedAnswer,
  ): readonly string[] {
    const documented = Object.keys(headers as Part).map((name) => name.toLowerCase());
    return HEADERS.flatMap((name) => {
      if (sent.has(name) === documented.includes(name)) return [];
      if (!sent.has(name)) return SOMETIMES.has(status) ? [] : [`${name} is missing`];
      return [`${name} is not documented`];
    });
  }

  private body(
    { at, place }: { readonly at: Part; readonly place: readonly string[] },
    { text, body, headers }: CheckedAnswer,
  ): readonly string[] {
    const { content } = at;
    if (content === undefined) return text === '' ? [] : ['a body is not documented'];
    const type = (headers.get('content-type') ?? 'none').split(';')[0] ?? '';
    if (part(content, type) === undefined) return [`the media type ${type} is not documented`];
    const isJson = type.endsWith('json');
    const validate = this.validator([...place, 'content', type, 'schema']);
    if (validate(isJson ? body : text)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${instancePath || 'the body'} ${message} ${JSON.stringify(params)}`,
    );
  }

  private validator(place: readonly string[]): ValidateFunction {
    const steps = place.map((step) =>
      encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1')),
    );
    const $ref = `document#/${steps.join('/')}`;
    const known = this.validators.get($ref);
    if (known !== undefined) return known;
    const made = this.ajv.compile({ $ref });
    this.validators.set($ref, made);
    return made;
  }
}

function isPart(value: unknown): value is Part {
  return typeof value === 'object' && value !== null;
}

function part(value: unknown, name: string | undefined): unknown {
  return isPart(value) && name !== undefined && Object.hasOwn(value, name)
    ? value[name]
    : undefined;
}

function patternOf(template: string): RegExp {
  const text = template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${text}$`);
}

/** The document, with objects that have no members but those it names. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (!isPart(value)) return value;
  const made = Object.fromEntries(Object.entries(value).map(([name, one]) => [name, closed(one)]));
  return value.type === 'object' && isPart(value.properties)
    ? { additionalProperties: false, ...made }
    : made;
}
