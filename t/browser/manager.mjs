// What a user sees on the balancer-manager, and does there.
import { until } from './browser.mjs';

// The members of the balancer as objects, by the titles of the columns, in the order of the page.
export const members = (page, number = 0) => page.locator('.members table').nth(number).evaluate((table) => {
  const titles = [...table.rows[0].cells].map((cell) => cell.textContent);
  return [...table.rows].slice(1).map((row) =>
    Object.fromEntries(titles.map((title, column) => [title, row.cells[column].textContent.trim()])));
});

export const member = async (page, name) => (await members(page)).find((one) => one['Worker URL'] === name);

// Waits for what the row of a member says.
export const row = (page, name, what, good) => until(`${name}: ${what}`, async () => {
  const found = await member(page, name);
  return found && good(found) && found;
});

// As a user: a click, and the page that comes of it.
const follow = async (page, link) => {
  await link.click();
  await page.locator('form').waitFor();
};
export const open_member = (page, name) => follow(page, page.getByRole('link', { name, exact: true }));
export const open_balancer = (page, name) => follow(page, page.getByRole('link', { name: `balancer://${name}`, exact: true }));

export const submit = (page) =>
  Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Submit' }).click()]);

// Presses a button of the member's form: change(page, name, { D: 1, N: 0 }).
export const change = async (page, name, letters) => {
  await open_member(page, name);
  for (const [letter, on] of Object.entries(letters)) await page.locator(`#w_status_${letter}${on}`).check();
  await submit(page);
};

export const add_member = async (page, balancer, name) => {
  await open_balancer(page, balancer);
  await page.getByLabel('Add New Worker').fill(name);
  await page.getByLabel('Are you sure?').check();
  await submit(page);
};
