import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import Provider, { type Configuration } from 'oidc-provider';

/** Claims of a token; undefined leaves a usual one out. */
type Claims = { readonly [name in keyof JWTPayload]: JWTPayload[name] | undefined };

/** A real issuer of tokens on loopback, whose signing keys a test may exchange. */
export interface Issuer {
  readonly url: string;
  /** A token as the issuer makes it for an application, by client credentials. */
  token(scope: string, resource: string): Promise<string>;
  /** A token with any claims, signed with the issuer's present key. */
  sign(claims: Claims, header?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Signs with a new key from now on; the old one is published no more. */
  rotate(): Promise<void>;
  /** Requests for its keys so far. */
  readonly keyRequests: number;
  stop(): Promise<void>;
  start(): Promise<void>;
}

const CLIENT = { id: 'provisioner', secret: 'a-secret-of-the-provisioner' };

export async function startIssuer(): Promise<Issuer> {
  let keys = await newKeys();
  let handler: ReturnType<Provider['callback']>;
  let keyRequests = 0;
  const server: Server = createServer((request, response) => {
    if (request.url?.startsWith('/jwks')) keyRequests++;
    handler(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  handler = provider(url, keys.jwk).callback();
  const listen = async () => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  return {
    url,
    token: async (scope, resource) => {
      const body = new URLSearchParams({ grant_type: 'client_credentials', scope, resource });
      const basic = Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64');
      const response = await fetch(`${url}/token`, {
        method: 'POST',
        body,
        headers: { Authorization: `Basic ${basic}` },
      });
      const answer = (await response.json()) as { access_token?: string };
      if (answer.access_token === undefined) throw new Error(JSON.stringify(answer));
      return answer.access_token;
    },
    sign: (claims, header = {}) =>
      new SignJWT({ iss: url, exp: Math.floor(Date.now() / 1000) + 60, ...claims } as JWTPayload)
        .setProtectedHeader({ alg: 'RS256', kid: keys.jwk.kid, ...header })
        .sign(keys.privateKey),
    rotate: async () => {
      keys = await newKeys();
      handler = provider(url, keys.jwk).callback();
    },
    get keyRequests() {
      return keyRequests;
    },
    stop: async () => {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
    start: listen,
  };
}

let made = 0;

async function newKeys() {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  made += 1;
  const jwk = { ...(await exportJWK(privateKey)), kid: `key-${made}`, alg: 'RS256', use: 'sig' };
  return { privateKey, jwk };
}

function provider(url: string, jwk: Awaited<ReturnType<typeof newKeys>>['jwk']): Provider {
  const configuration: Configuration = {
    jwks: { keys: [jwk] },
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
        scope: 'scim.read scim.write other',
      },
    ],
    scopes: ['scim.read', 'scim.write', 'other'],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, resource) => ({
          audience: resource,
          scope: 'scim.read scim.write other',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  };
  return new Provider(url, configuration);
}
