import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { Logger } from 'pino';
import { SharedSecret } from '../composition/shared-secret.js';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { LOGGER } from '../operations/logger.js';
import { AuthGuard } from './auth.guard.js';
import { Authenticator } from './authenticator.js';
import { KeyUse } from './key-use.js';
import { Keys } from './keys.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import { RATE_LIMITER, RateLimiter } from './rate-limiter.js';
import { OAUTH, type OAuth, oauthOfConfiguration } from './tokens/oauth.js';
import { TokenController } from './tokens/token.controller.js';
import { TOKEN_ISSUERS, TokenIssuers } from './tokens/token-issuers.js';

/** Who gets in, and how often: keys, tokens, guessing and rates. */
@Module({
  controllers: [TokenController],
  providers: [
    Keys,
    KeyUse,
    Authenticator,
    {
      provide: OAUTH,
      inject: [CONFIGURATION, SharedSecret],
      useFactory: (configuration: Configuration, secret: SharedSecret) =>
        oauthOfConfiguration(configuration, () => secret.values()),
    },
    {
      provide: TOKEN_ISSUERS,
      inject: [CONFIGURATION, OAUTH],
      useFactory: ({ oidc }: Configuration, oauth: OAuth | undefined) =>
        new TokenIssuers(oidc, oauth?.tokens),
    },
    {
      provide: RATE_LIMITER,
      inject: [CONFIGURATION, LOGGER],
      useFactory: ({ rateLimit, redisUrl }: Configuration, logger: Logger) =>
        rateLimit === undefined ? undefined : new RateLimiter(rateLimit, redisUrl, logger),
    },
    { provide: APP_GUARD, useClass: AuthGuard },
    { provide: APP_GUARD, useClass: RateLimitGuard },
  ],
  exports: [Keys, KeyUse, OAUTH, TOKEN_ISSUERS],
})
export class AccessModule {}
