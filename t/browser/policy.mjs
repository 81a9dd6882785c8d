// The page's Content-Security-Policy is in force, and the witness of the other tests has eyes: what is not the page's own
// does nothing, and is complained of.
import { is, ok, test, until } from './browser.mjs';

const changes = 'document.title = \'changed\'';
const foreign = [
  ['an inline script', `<script>${changes}</script>`, /inline script violates/],
  ['an inline handler', `<img src="data:," onerror="${changes}">`, /inline event handler violates/],
  ['an inline style', '<p style="color: red">', /inline style violates/],
  ['a script from elsewhere', '<script src="http://127.0.0.1:9/x.js"></script>', /script .*x\.js' violates/],
  ['an image from elsewhere', '<img src="http://127.0.0.1:9/x.png">', /asks elsewhere: .*x\.png/],
  ['a frame', '<iframe src="/manager"></iframe>', /Framing .* violates/],
];

await test(async ({ page, url, complaints }) => {
  await page.goto(url);
  is(complaints, [], 'no complaint about what is the page\'s own');
  for (const [name, markup, complaint] of foreign) {
    await page.evaluate((html) => document.body.append(document.createRange().createContextualFragment(html)), markup);
    ok(await until(`a complaint about ${name}`, () => complaints.some((text) => complaint.test(text))), `${name}: a complaint`);
  }
  is(await page.title(), 'Balancer Manager', 'and none of it has done anything');
  complaints.length = 0;
});
