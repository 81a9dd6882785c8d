// The page and its forms on a desk and on a phone, by day and by night: all of it can be seen, read and reached.
import { given, is, look, test } from './browser.mjs';
import { open_balancer, open_member } from './manager.mjs';

const desk = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };

// What of a page sticks out to the right, if anything does. A phone's innerWidth says nothing: it grows with what sticks out.
const sticking_out = (page, width) => page.evaluate((room) => {
  const { scrollWidth } = document.scrollingElement;
  if (Math.max(scrollWidth, innerWidth) <= room) return [];
  const wide = [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > room);
  return [`${scrollWidth} of ${room}`, ...wide.map((one) => `${one.tagName} ${one.textContent.slice(0, 40)}`)];
}, width);

// Texts that are hard to read: less than 4.5 to 1 against what is behind them (WCAG 2, AA), inside of elements and before them.
const pale = (page) => page.evaluate(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const mixed = (colours) => {
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const brightness = (rgb) => {
    const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = rgb.map((part) => linear(part / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (one) => (one ? [...behind(one.parentElement), getComputedStyle(one).backgroundColor] : ['white']);
  const contrast = (one, colour) => {
    const [low, high] = [mixed(behind(one)), mixed([...behind(one), colour])].map(brightness).sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const found = [];
  const look_at = (one, text, colour) => {
    if (!text.trim()) return;
    const ratio = contrast(one, colour);
    if (ratio < 4.5) found.push(`${one.tagName} '${text.trim().slice(0, 30)}' ${ratio.toFixed(2)}`);
  };
  for (const one of document.querySelectorAll('body, body *')) {
    if (!one.checkVisibility()) continue;
    const own = [...one.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join('');
    look_at(one, own + (one.value ?? ''), getComputedStyle(one).color);
    const { content, color } = getComputedStyle(one, '::before');
    if (content.startsWith('"')) look_at(one, content, color);
  }
  return found;
});

// Controls that a finger does not hit, or that nothing names.
const awkward = (page, finger) => page.evaluate((size) => [...document.querySelectorAll('form :is(input, select)')]
  .filter((one) => one.type !== 'hidden')
  .filter((one) => {
    const { width, height } = one.getBoundingClientRect();
    return Math.min(width, height) < size || (one.type !== 'submit' && !one.labels.length);
  }).map((one) => one.name), finger ? 22 : 16);

await test(async ({ page, url, width, dark }) => {
  const view = `${width}${dark ? '-dark' : ''}`;
  const check = async (name) => {
    await look(page, `${view}-${name}`);
    is(await sticking_out(page, width), [], `${view}: the ${name} page is not wider than the window`);
    is(await pale(page), [], `${view}: its texts stand out`);
    is(await awkward(page, width === phone.width), [], `${view}: its controls are large enough, and have labels`);
  };
  await page.goto(url);
  await check('main');
  await page.evaluate(() => document.querySelectorAll('.members td').forEach((one) => one.classList.add('news')));
  is(await pale(page), [], `${view}: what has just changed stands out`);
  await open_member(page, given.members[2]);
  is(await pale(page), [], `${view}: the row of a chosen member that is off stands out`);
  await open_member(page, given.members[1]);
  await check('member');
  await page.goto(url);
  await open_balancer(page, given.balancers[0]);
  await check('balancer');
}, desk, { ...desk, dark: true }, phone, { ...phone, dark: true });
