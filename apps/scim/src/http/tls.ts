import { constants } from 'node:crypto';
import type { Tls } from '../config/files.js';

/** TLS 1.2 at least (RFC 7644 §7.2, BCP 195), whatever Node was told. */
const NO_OLD_TLS = constants.SSL_OP_NO_TLSv1 | constants.SSL_OP_NO_TLSv1_1;

/** Of TLS 1.2 only suites with forward secrecy and authenticated encryption (RFC 9325 §4.2). */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':');

/** How the service speaks TLS with this certificate. */
export function tlsOptions(tls: Tls) {
  return { ...tls, secureOptions: NO_OLD_TLS, ciphers: CIPHERS };
}
