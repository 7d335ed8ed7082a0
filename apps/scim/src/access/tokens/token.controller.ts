import { Controller, Get, Inject, NotFoundException, Post, Req } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { ScimError } from '#scim';
import { CONFIGURATION, type Configuration } from '../../config/configuration.js';
import type { OAuthClient } from '../../config/token-values.js';
import { readForm } from '../../http/form.js';
import type { ScimReply } from '../../http/reply.js';
import type { ScimHttpRequest } from '../client.js';
import { FailedAttempts } from '../failed-attempts.js';
import { AnyMediaType, Public } from '../route-access.js';
import { OAUTH, type OAuth } from './oauth.js';
import type { Credentials } from './token-clients.js';

/** RFC 6749 §5.1: no cache may keep a token. */
const HEADERS = {
  'Content-Type': 'application/json',
  'Cache-Control': 'no-store',
  Pragma: 'no-cache',
};

/** Short-lived tokens for clients that no longer send a static key (RFC 6749 §4.4). */
@ApiExcludeController()
@Controller()
export class TokenController {
  private readonly failures = new FailedAttempts();

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    @Inject(OAUTH) private readonly oauth: OAuth | undefined,
  ) {}

  @Post('oauth2/token')
  @Public()
  @AnyMediaType()
  async token(@Req() request: ScimHttpRequest): Promise<ScimReply> {
    const { clients, tokens } = this.offered();
    const form = await readForm(request);
    if (form.get('grant_type') !== 'client_credentials') {
      return refusal(400, 'unsupported_grant_type', 'Use grant_type=client_credentials.');
    }
    const basic = basicCredentials(request.headers.authorization);
    const client = await clients.authenticate(credentialsOf(form, basic));
    if (client === undefined) return this.unknownClient(request, basic !== undefined);
    const scopes = grantedScopes(client, form.get('scope'));
    if (scopes === undefined) {
      return refusal(400, 'invalid_scope', 'The client may not have all of these scopes.');
    }
    const token = await tokens.issue({ client: client.id, tenant: client.tenant, scopes });
    return {
      status: 200,
      headers: HEADERS,
      body: {
        access_token: token,
        token_type: 'Bearer',
        expires_in: tokens.lifetime,
        ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
      },
    };
  }

  /** RFC 8414 */
  @Get('.well-known/oauth-authorization-server')
  @Public()
  @AnyMediaType()
  metadata(): ScimReply {
    const { tokens } = this.offered();
    return {
      status: 200,
      headers: { 'Content-Type': 'application/json' },
      body: {
        issuer: tokens.issuer,
        token_endpoint: `${tokens.issuer}/oauth2/token`,
        grant_types_supported: ['client_credentials'],
        response_types_supported: [],
        token_endpoint_auth_methods_supported: [
          'client_secret_basic',
          'client_secret_post',
          'private_key_jwt',
        ],
        token_endpoint_auth_signing_alg_values_supported: this.configuration.tokenAlgorithms,
      },
    };
  }

  private offered(): OAuth {
    if (this.oauth === undefined) throw new NotFoundException('There is no such path here.');
    return this.oauth;
  }

  private unknownClient(request: ScimHttpRequest, usedBasic: boolean): ScimReply {
    const { retryAfter, done } = this.failures.note(request.ip ?? '');
    done();
    if (retryAfter !== undefined) {
      throw new ScimError(429, undefined, 'Too many requests of unknown clients; wait.', {
        'Retry-After': String(retryAfter),
      });
    }
    const answer = refusal(
      401,
      'invalid_client',
      'The client is not known, or its proof is wrong.',
    );
    return usedBasic
      ? { ...answer, headers: { ...answer.headers, 'WWW-Authenticate': 'Basic realm="SCIM"' } }
      : answer;
  }
}

/** RFC 6749 §5.2 */
function refusal(status: number, error: string, description: string): ScimReply {
  return { status, headers: HEADERS, body: { error, error_description: description } };
}

/** What was asked for of what the client may have; everything if nothing was asked for. */
function grantedScopes(
  { scopes }: OAuthClient,
  asked: string | null,
): readonly string[] | undefined {
  const wanted = (asked ?? '').split(' ').filter((scope) => scope !== '');
  if (wanted.length === 0) return scopes;
  // A client without scopes may do everything, so it may have any part of it.
  return scopes.length === 0 || wanted.every((scope) => scopes.includes(scope))
    ? wanted
    : undefined;
}

function credentialsOf(
  form: URLSearchParams,
  basic: { readonly id: string; readonly secret: string } | undefined,
): Credentials {
  const text = (name: string) => form.get(name) ?? undefined;
  return {
    id: basic?.id ?? text('client_id'),
    secret: basic?.secret ?? text('client_secret'),
    assertion: text('client_assertion'),
    assertionType: text('client_assertion_type'),
  };
}

/** RFC 6749 §2.3.1: both parts are form-encoded before they are joined. */
function basicCredentials(header: string | undefined) {
  const [, encoded] = /^basic +([A-Za-z0-9+/=]+)$/i.exec(header ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon === -1) return undefined;
  return { id: decoded(text.slice(0, colon)), secret: decoded(text.slice(colon + 1)) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'));
  } catch {
    return text;
  }
}
