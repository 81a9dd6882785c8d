// Figures move while one looks, and a click sorts: on a column's title, or without script on a link.
import { given, is, look, ok, requests, test, until } from './browser.mjs';
import { add_member, change, members, row } from './manager.mjs';

const [a, b, c, added] = given.members;
const order = async (page) => (await members(page)).map((one) => one['Worker URL']);
const title = (page, name) => page.locator('.members').first().getByRole('columnheader', { name, exact: true });

await test(async ({ page, context, url, complaints }) => {
  await page.goto(url);
  let loads = 0;
  page.on('load', () => ++loads);
  const refreshed = () => page.waitForResponse((response) => response.request().resourceType() === 'fetch');
  const sort_by = (name) => title(page, name).click();

  await requests(given.site, 40);
  await row(page, b, 'half of the requests', (one) => one.Elected === '20');
  const { From: bytes } = await row(page, a, 'its part', (one) => one.Elected === '10');
  ok(/^[\d.]+K?$/.test(bytes) && bytes !== '0', 'bytes move, too', bytes);

  await sort_by('Elected');
  is((await order(page))[0], b, 'a click on a title of numbers: the greatest on top');
  await sort_by('Elected');
  is((await order(page))[2], b, 'another click: the least');
  await refreshed();
  await requests(given.site, 4);
  await row(page, b, 'more of them', (one) => one.Elected === '22');
  is((await order(page))[2], b, 'and so it stays when the figures move');
  await sort_by('Worker URL');
  is(await order(page), [a, b, c].sort(), 'a click on a title of texts: the first on top');

  const other = await context.newPage();
  await other.goto(url);
  await change(other, c, { D: 1 });
  await row(page, c, 'disabled by somebody else', (one) => one.Status.includes('Dis'));
  await add_member(other, 'cluster', added);
  await row(page, added, 'added by somebody else', (one) => one.Status.includes('Dis'));
  await until('the room that is left', async () => (await page.locator('.settings').textContent()).includes('4 [4 Used]'));
  await other.close();
  is(loads, 0, 'all that without the page being loaded again');

  is(complaints, [], 'and without a complaint');
  await context.setOffline(true);
  await until('a word about the silence', () => page.locator('.silent').count());
  await look(page, 'silent');
  await context.setOffline(false);
  await until('figures again', async () => !await page.locator('.silent').count());
  is(complaints.splice(0).filter((text) => !/Failed to load|ERR_INTERNET_DISCONNECTED/.test(text)), [], 'nothing but the silence');
});

await test(async ({ page, url }) => {
  await page.goto(url);
  const by_link = async (name) => {
    await page.locator('.sorting').getByRole('link', { name, exact: true }).click();
    await page.waitForURL(/sort=/);
    return order(page);
  };
  is(await order(page), [a, b, c, added], 'without script: as configured');
  is((await by_link('Elected'))[0], b, 'a link sorts by numbers, the greatest on top');
  is(await by_link('Worker URL'), [a, b, c, added].sort(), 'a link sorts by text');
  const status = async () => (await members(page)).map((one) => one.Status);
  await by_link('Status');
  is((await status()).map((text) => text.includes('Dis')), [true, true, false, false], 'who gets nothing comes first');
}, { script: false });

await test(async ({ page, url }) => {
  await page.goto(url);
  ok(!await title(page, 'Elected').isVisible(), 'on a phone there is no room for titles');
  await page.locator('.sorting').getByRole('link', { name: 'Elected' }).tap();
  is((await order(page))[0], b, 'there the links sort');
  is(page.url(), url, 'at once');
}, { width: 390, height: 844 });
