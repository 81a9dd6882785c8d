// Without a mouse: the Tab key leads everywhere, what has the focus shows it, and keys do what clicks do.
import { given, is, ok, test } from './browser.mjs';
import { members, row } from './manager.mjs';

const [a, b] = given.members;

// Goes on with the Tab key until the focus is where it should be.
const tab_to = async (page, name, arrived) => {
  for (let presses = 0; presses < 80; ++presses) {
    await page.keyboard.press('Tab');
    if (!await page.evaluate(arrived, name)) continue;
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    return ok(outline !== 'none', `the Tab key leads to ${name}, and that shows`);
  }
  throw new Error(`the Tab key does not lead to ${name}`);
};
const text_is = (name) => document.activeElement.textContent === name;
const name_is = (name) => document.activeElement.name === name;
const value_is = (value) => document.activeElement.value === value;

await test(async ({ page, url, script }) => {
  await page.goto(url);
  if (script) {
    await tab_to(page, 'Factor', text_is);
    for (const [key, first] of [['Enter', b], [' ', a]]) {
      await page.keyboard.press(key);
      is((await members(page))[0]['Worker URL'], first, `'${key}' sorts`);
    }
  }
  await tab_to(page, a, text_is);
  await page.keyboard.press('Enter');
  await page.locator('form').waitFor();
  const field = page.getByLabel('Load factor');
  ok(await field.evaluate((one) => one === document.activeElement), 'the first field of the form has the focus');
  const { y, height } = await field.boundingBox();
  ok(y >= 0 && y + height <= page.viewportSize().height, 'and is in view', y);

  await tab_to(page, 'w_status_D', name_is);
  await page.keyboard.press('ArrowUp');
  await tab_to(page, 'Submit', value_is);
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
  await row(page, a, 'is disabled', (one) => one.Status.includes('Dis'));
  if (!script) return;
  ok(await page.locator('.members tr', { hasText: a }).evaluate((one) => {
    const { top, bottom } = one.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  }), 'what was changed is in view');
}, { script: !!given.script, height: 300 });
