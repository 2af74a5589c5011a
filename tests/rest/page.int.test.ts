import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromium, type Browser, type Page } from 'playwright-core';
import { browserPath } from '../../tools/check/browser.ts';
import { document } from './as-described.js';
import { domainXml, RestFleet } from './rest-fleet.js';

let fleet: RestFleet;
let browser: Browser;
beforeAll(async () => {
  fleet = await RestFleet.start();
  browser = await chromium.launch({ executablePath: browserPath() ?? 'chromium', args: ['--no-sandbox'] });
});
afterAll(async () => {
  await browser.close();
  await fleet.stop();
});

const operations = Object.values(document['paths'] as Record<string, object>).flatMap((path) =>
  Object.keys(path).filter((key) => ['get', 'put', 'post', 'patch', 'delete'].includes(key)),
).length;

/** The page, once it shows every operation, with what it asked for and what it complained of. */
async function opened(): Promise<{ page: Page; asked: string[]; complaints: string[] }> {
  const page = await browser.newPage();
  const asked: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  await page.goto(`${fleet.url}/docs`);
  await page
    .locator('.opblock')
    .nth(operations - 1)
    .waitFor();
  return { page, asked, complaints };
}

test('a browser shows every operation, and asks nobody but the gateway', async () => {
  const { page, asked, complaints } = await opened();
  expect(await page.locator('.opblock').count()).toBe(operations);
  expect(asked.filter((url) => !url.startsWith(`${fleet.url}/`) && !url.startsWith('data:'))).toEqual([]);
  expect(complaints).toEqual([]);
  await page.close();
});

test('an operation is tried out on the page with a token, and without one it is refused', async () => {
  await fleet.call('POST /v1/domains', { body: domainXml('on-the-page') });
  const { page } = await opened();
  const listing = page
    .locator('.opblock')
    .filter({ has: page.locator('[data-path="/v1/domains"]') })
    .first();
  await listing.locator('.opblock-summary').click();
  await listing.getByRole('button', { name: 'Try it out' }).click();
  const execute = listing.getByRole('button', { name: 'Execute' });
  const status = listing.locator('.live-responses-table .response-col_status').nth(1);
  await execute.click();
  await expect.poll(() => status.textContent()).toMatch(/^401/);

  await page.locator('.auth-wrapper .authorize').first().click();
  const dialog = page.locator('.dialog-ux');
  await dialog
    .locator('input')
    .first()
    .fill(await fleet.token({ role: 'viewer' }));
  await dialog.getByRole('button', { name: 'Apply credentials' }).first().click();
  await dialog.getByRole('button', { name: 'Close' }).first().click();
  await execute.click();
  await expect.poll(() => status.textContent()).toMatch(/^200/);
  expect(await listing.locator('.live-responses-table .response-col_description').nth(1).textContent()).toContain('on-the-page');
  await page.close();
});
