import { type Call, HttpClient } from './http.client.js';
import type { HttpOptions } from './http.options.js';
import { Outage } from './outage.js';

export interface ClientCredentials {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Seconds before its end at which a token is no longer used. */
const MARGIN = 30;
/** Seconds a token is used whose answer states no end. */
const UNSTATED = 300;

/**
 * Access tokens by OAuth's client credentials (RFC 6749 §4.4), asked for when there is none, when
 * the last one is about to end, or when it was refused.
 */
export class TokenSource {
  private readonly client: HttpClient;
  private token: { readonly value: string; readonly until: number } | undefined;
  private asking: Promise<string> | undefined;

  constructor(
    private readonly credentials: ClientCredentials,
    options: Partial<HttpOptions> = {},
  ) {
    const url = new URL(credentials.tokenUrl);
    this.client = new HttpClient({ ...options, baseUrl: url.origin });
  }

  /** @param fresh the last token was refused */
  async authorize(fresh: boolean): Promise<Readonly<Record<string, string>>> {
    if (fresh) this.token = undefined;
    const known = this.token;
    if (known !== undefined && known.until > Date.now()) return bearer(known.value);
    // Those who ask at the same time share one request.
    this.asking ??= this.ask().finally(() => {
      this.asking = undefined;
    });
    return bearer(await this.asking);
  }

  close(): Promise<void> {
    return this.client.close();
  }

  private async ask(): Promise<string> {
    const { tokenUrl, clientId, clientSecret } = this.credentials;
    const { pathname, search } = new URL(tokenUrl);
    const basic = Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`);
    const call: Call = {
      method: 'POST',
      path: `${pathname}${search}`,
      route: 'token',
      form: { grant_type: 'client_credentials' },
      headers: { authorization: `Basic ${basic.toString('base64')}`, accept: 'application/json' },
      repeatable: true,
    };
    const { status, body } = await this.client.send(call);
    const token = tokenOf(body);
    if (status !== 200 || token === undefined) {
      const message = `The token endpoint gave no token (status ${status}).`;
      throw new Outage(message, { perhapsDone: false });
    }
    const seconds = Math.max((token.seconds ?? UNSTATED) - MARGIN, 1);
    this.token = { value: token.value, until: Date.now() + seconds * 1000 };
    return token.value;
  }
}

function bearer(token: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token}` };
}

/** RFC 6749 §2.3.1: both parts are form-encoded before they are joined. */
function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

function tokenOf(body: unknown): { value: string; seconds: number | undefined } | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { access_token: value, expires_in: seconds } = body as Record<string, unknown>;
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) return undefined;
  return { value, seconds: typeof seconds === 'number' ? seconds : undefined };
}
