import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Service, startService, TEST_KEY } from '../support/service.js';
import { findTool, missing } from '../support/tools.js';

/** The OpenAPI interface in a real browser: what a newcomer does first. */
const executablePath = findTool('chromium', 'chromium-browser', 'google-chrome');

describe.skipIf(missing(executablePath, 'a Chromium browser'))('/api in a browser', () => {
  let service: Service;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    service = await startService({});
    browser = await chromium.launch({
      ...(executablePath === undefined ? {} : { executablePath }),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    page = await browser.newPage();
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
  });

  afterAll(async () => {
    await browser?.close();
    await service?.close();
  });

  /** Opens an operation and presses "Execute"; gives the answer's status and body. */
  async function tryOut(
    operation: string,
    fill?: (block: ReturnType<Page['locator']>) => Promise<void>,
  ) {
    const block = page.locator(`[id^="operations-"][id$="-${operation}"]`);
    await block.locator('.opblock-summary-control').click();
    await fill?.(block);
    await block.getByRole('button', { name: 'Execute' }).click();
    const live = block.locator('.live-responses-table');
    await live.waitFor();
    const status = (await live.locator('.response-col_status').last().textContent()) ?? '';
    const answer = live.locator('.response-col_description pre.microlight').first();
    const body = (await answer.textContent()) ?? '';
    await block.locator('.opblock-summary-control').click();
    return { status: Number.parseInt(status, 10), body };
  }

  it('the root leads there, and everything on the page loads', async () => {
    await page.goto(`${service.url}/`);
    expect(new URL(page.url()).pathname).toMatch(/^\/api\/?$/);
    await page.getByRole('heading', { name: /SCIM gateway/ }).waitFor();
    expect(problems).toEqual([]);
  });

  it('shows every endpoint once, users first', async () => {
    const paths = await page.locator('.opblock-summary-path').allInnerTexts();
    const methods = await page.locator('.opblock-summary-method').allInnerTexts();
    const shown = paths.map((path, i) => `${methods[i]} ${path.replaceAll('\u200b', '').trim()}`);
    expect(shown).toEqual([...new Set(shown)]);
    expect(shown.slice(0, 3)).toEqual(['GET /Users', 'POST /Users', 'POST /Users/.search']);
    for (const one of ['PATCH /Groups/{id}', 'POST /Bulk', 'GET /Schemas/{id}', 'GET /health']) {
      expect(shown).toContain(one);
    }
  });

  it('without a key a request is refused', async () => {
    const { status, body } = await tryOut('listUsers');
    expect(status).toBe(401);
    expect(body).toContain('urn:ietf:params:scim:api:messages:2.0:Error');
    problems.length = 0; // the browser reports the 401 as an error
  });

  it('authorises, creates a user from the example, and finds it', async () => {
    await page.locator('.auth-wrapper button.authorize').click();
    const dialog = page.locator('.dialog-ux');
    await dialog.locator('input').first().fill(TEST_KEY);
    await dialog.getByRole('button', { name: 'Apply credentials' }).first().click();
    await dialog.getByRole('button', { name: 'Close' }).first().click();

    const created = await tryOut('createUser');
    expect(created.status).toBe(201);
    const user = JSON.parse(created.body) as { id: string; userName: string };

    const read = await tryOut('getUser', (block) =>
      block.locator('tr[data-param-name="id"] input').fill(user.id),
    );
    expect(read.status).toBe(200);
    expect(JSON.parse(read.body)).toMatchObject({ id: user.id, userName: user.userName });
    expect(problems).toEqual([]);
  });
});
