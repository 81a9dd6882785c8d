// An administrator's round: disables a member, drains it, adds another and enables that, by links and forms.
import { given, is, look, ok, requests, test } from './browser.mjs';
import { add_member, change, member, members, open_member, row } from './manager.mjs';

const [a, b, added] = given.members;
const served_by = async () => [...new Set(await requests(given.site, 12))].sort();

await test(async ({ page, url, script }) => {
  const how = script ? 'with' : 'without';
  await page.goto(url);
  is(await page.title(), 'Balancer Manager', 'the page is there');
  is((await members(page)).map((one) => one['Worker URL']), [a, b], 'with its members');

  await open_member(page, b);
  is(await page.getByRole('heading', { level: 3 }).last().textContent(), `Edit worker settings for ${b}`, 'a link leads to the form');
  await look(page, `${how}-script-form`);
  await change(page, b, { D: 1 });
  await row(page, b, 'is disabled', (one) => one.Status.includes('Dis'));
  is(await served_by(), ['a'], 'and gets nothing');

  await change(page, b, { D: 0, N: 1 });
  await row(page, b, 'is drained', (one) => one.Status.includes('Drn') && !one.Status.includes('Dis'));
  is(await served_by(), ['a'], 'and gets nothing new');

  await change(page, b, { N: 0 });
  await row(page, b, 'is back', (one) => one.Status === 'Init Ok');
  is(await served_by(), ['a', 'b'], 'and serves');

  await add_member(page, 'cluster', added);
  await row(page, added, 'is there and disabled', (one) => one.Status.includes('Dis'));
  is(await served_by(), ['a', 'b'], 'and gets nothing yet');
  await change(page, added, { D: 0 });
  await row(page, added, 'is enabled', (one) => one.Status === 'Init Ok');
  is(await served_by(), ['a', 'b', 'c'], 'and serves');

  await page.goto(url);
  const before = await member(page, a);
  await requests(given.site, 30);
  await page.reload();
  ok(Number((await member(page, a)).Elected) >= Number(before.Elected) + 10, 'a later look shows later numbers');
  await look(page, `${how}-script`);
}, { script: !!given.script });
