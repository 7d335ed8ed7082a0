import { readFile } from 'node:fs/promises';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';

/** The linter of Redocly, with its strict rules but for what test/operations/redocly.yaml says. */
const ruleset = new URL('redocly.yaml', import.meta.url);
const service = describeService();

async function findings(source: string): Promise<readonly string[]> {
  const config = await createConfig(await readFile(ruleset, 'utf8'));
  const problems = await lintFromString({ source, config, absoluteRef: 'openapi.json' });
  return problems.map(
    ({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer}: ${message}`,
  );
}

describe('R-560 the OpenAPI document', () => {
  it('passes a public linter without findings', async () => {
    const { text } = await service.request('GET', '/api-json', { headers: { Accept: '*/*' } });
    expect(await findings(text)).toEqual([]);
  });

  it('would not, with an example that its schema does not have', async () => {
    const { text } = await service.request('GET', '/api-json', { headers: { Accept: '*/*' } });
    const wrong = text.replaceAll('"userName":"bjensen"', '"userName":7');
    expect((await findings(wrong)).join('\n')).toContain('type must be string');
  });
});
