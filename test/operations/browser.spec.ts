import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Service, startService, TEST_KEY } from '../support/service.js';
import { findTool, missing } from '../support/tools.js';

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, unknown>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

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

  const blockOf = (operation: string) => page.locator(`[id^="operations-"][id$="-${operation}"]`);

  /**
   * Opens an operation as it is and presses "Execute"; gives the answer's status and body.
   * @param example the one to choose first
   */
  async function tryOut(operation: string, example?: string) {
    const block = blockOf(operation);
    await block.locator('.opblock-summary-control').click();
    if (example !== undefined) {
      await block.locator('.examples-select-element').first().selectOption({ label: example });
    }
    await block.getByRole('button', { name: 'Execute' }).click();
    const live = block.locator('.live-responses-table');
    await live.waitFor();
    const status = (await live.locator('.response-col_status').last().textContent()) ?? '';
    const answers = live.locator('.response-col_description pre.microlight');
    const body = (await answers.first().textContent()) ?? '';
    const command = (await block.locator('.curl').textContent()) ?? '';
    // So that the next answer is not taken for this one.
    await block.getByRole('button', { name: 'Clear' }).click();
    await block.locator('.opblock-summary-control').click();
    return { status: Number.parseInt(status, 10), body, command };
  }

  /** Opens the dialog for keys; gives it. */
  async function openDialog() {
    await page.locator('.auth-wrapper button.authorize').click();
    return page.locator('.dialog-ux');
  }

  async function authorise(keep = false): Promise<void> {
    const dialog = await openDialog();
    if (keep) await dialog.getByLabel('Keep the key in this browser').check();
    await dialog.locator('input#auth-bearer-value').fill(TEST_KEY);
    await dialog.getByRole('button', { name: 'Apply credentials' }).first().click();
    await dialog.getByRole('button', { name: 'Close' }).first().click();
  }

  const storage = () => page.evaluate('JSON.stringify(localStorage)') as Promise<string>;

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
    for (const one of [
      'PATCH /Groups/{id}',
      'GET /Me',
      'POST /Bulk',
      'GET /Schemas/{id}',
      'GET /health',
    ]) {
      expect(shown).toContain(one);
    }
  });

  it('without a key a request is refused', async () => {
    const { status, body } = await tryOut('listUsers');
    expect(status).toBe(401);
    expect(body).toContain('urn:ietf:params:scim:api:messages:2.0:Error');
    problems.length = 0; // the browser reports the 401 as an error
  });

  it('R-563 masks the key, says what it is, and forgets it with the page', async () => {
    const dialog = await openDialog();
    const types = await dialog
      .locator('input[id]')
      .evaluateAll((all) => all.map((one) => one.getAttribute('type')));
    expect(types).toEqual(['password', 'password']);
    await dialog.getByText('One of the keys of this service').first().waitFor();
    await dialog.locator('button.close-modal').click();
    await authorise();
    const { status, command } = await tryOut('listUsers');
    expect(status).toBe(200);
    expect(command).toContain('Bearer <key>');
    expect(await page.content()).not.toContain(TEST_KEY);
    expect(await storage()).not.toContain(TEST_KEY);
    await page.reload();
    expect((await tryOut('listUsers')).status).toBe(401);
    problems.length = 0;
  });

  it('R-563 keeps the key where it is asked to, until it is asked not to', async () => {
    await authorise(true);
    expect(await storage()).toContain(TEST_KEY);
    await page.reload();
    expect((await tryOut('listUsers')).status).toBe(200);
    const dialog = await openDialog();
    await dialog.getByLabel('Keep the key in this browser').uncheck();
    await dialog.locator('button.close-modal').click();
    expect(await storage()).not.toContain(TEST_KEY);
    expect((await tryOut('listGroups')).status).toBe(200);
  });

  it('R-564 every operation can be executed as it opens, and answers as documented', async () => {
    const document = await service.request('GET', '/api-json', { headers: { Accept: '*/*' } });
    const { paths } = document.json<Document>();
    const operations = Object.values(paths).flatMap((item) => Object.values(item));
    // What was created is needed until it is deleted.
    const isDelete = ({ operationId }: Operation) => operationId.startsWith('delete');
    const inOrder = [
      ...operations.filter((one) => !isDelete(one)),
      ...operations.filter(isDelete),
    ].filter(({ operationId }) => !operationId.endsWith('Me'));
    expect(inOrder.length).toBeGreaterThan(20);
    for (const { operationId, responses } of inOrder) {
      const { status, body } = await tryOut(operationId);
      const success = Object.keys(responses).filter((one) => one.startsWith('2'));
      expect(success, `${operationId}: ${status} ${body}`).toContain(String(status));
    }
    expect(problems).toEqual([]);
    for (const own of ['getMe', 'replaceMe', 'patchMe', 'createMe', 'deleteMe']) {
      const { status } = await tryOut(own);
      expect(status, own).toBe(501); // as the document says of keys
    }
    problems.length = 0; // the browser reports the 501s as errors
  }, 300_000);

  it('R-564 the tour: create a user and a group, add, deactivate, find, remove', async () => {
    const created = async (operation: string) => {
      const { status, body } = await tryOut(operation);
      expect(status, body).toBe(201);
      return JSON.parse(body) as { id: string; userName?: string };
    };
    const user = await created('createUser');
    const group = await created('createGroup');
    const added = await tryOut('patchGroup', 'Add to members');
    expect(added.status, added.body).toBe(200);
    expect(JSON.parse(added.body)).toMatchObject({ id: group.id, members: [{ value: user.id }] });
    const seen = await tryOut('getUser');
    expect(JSON.parse(seen.body)).toMatchObject({ id: user.id, groups: [{ value: group.id }] });
    const off = await tryOut('patchUser', 'Set active to false');
    expect(JSON.parse(off.body)).toMatchObject({ id: user.id, active: false });
    const found = await tryOut('listUsers', 'userName sw "bje"');
    expect(JSON.parse(found.body)).toMatchObject({ totalResults: 1, Resources: [{ id: user.id }] });
    const removed = await tryOut('patchGroup', 'Remove from members');
    expect(JSON.parse(removed.body)).toMatchObject({ id: group.id, members: [] });
    expect(problems).toEqual([]);
  });
});
