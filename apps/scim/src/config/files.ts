import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

/** Takes note of what is wrong with a variable. */
export type Report = (variable: string, problem: string) => void;

/**
 * The environment with every `<NAME>_FILE` of a secret read into `<NAME>`, as container platforms
 * hand out secrets.
 */
export function withSecretFiles(
  variables: Readonly<Record<string, string>>,
  secrets: readonly string[],
  report: Report,
): Readonly<Record<string, string>> {
  const result: Record<string, string> = { ...variables };
  for (const name of secrets) {
    const variable = `${name}_FILE`;
    const path = variables[variable];
    if (path === undefined) continue;
    if (variables[name] !== undefined) {
      report(variable, `is set as well as ${name}; give only one of them`);
      continue;
    }
    const text = readText(variable, path, report);
    if (text !== undefined) result[name] = text.trim();
  }
  return result;
}

export interface Tls {
  readonly cert: string;
  readonly key: string;
}

/** The certificate and key to serve with; both files are needed, and have to fit together. */
export function readTls(
  cert: string | undefined,
  key: string | undefined,
  report: Report,
): Tls | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined) report('TLS_CERT', 'is needed with TLS_KEY');
  if (key === undefined) report('TLS_KEY', 'is needed with TLS_CERT');
  const tls = {
    cert: cert === undefined ? undefined : readText('TLS_CERT', cert, report),
    key: key === undefined ? undefined : readText('TLS_KEY', key, report),
  };
  if (tls.cert === undefined || tls.key === undefined) return undefined;
  try {
    createSecureContext(tls);
  } catch {
    report('TLS_CERT', 'and TLS_KEY are not a certificate and its private key in PEM form');
    return undefined;
  }
  return { cert: tls.cert, key: tls.key };
}

/** The text of the file that a variable names. */
export function readText(variable: string, path: string, report: Report): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    report(variable, `names a file that cannot be read (${code})`);
    return undefined;
  }
}
