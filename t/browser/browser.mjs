// A browser for the tests, and a witness of all that happens in it.
//
//   await test(async ({ page, url }) => {
//     await page.goto(url);
//     ok(await page.title() === 'Balancer Manager', 'the page is there');
//   }, { width: 390, script: false });
//
// The page is opened by a user whose browser must have nothing to complain about: no error in the console, no violation of
// a Content-Security-Policy, no answer that is an error, nothing asked of another origin. Chromium reaches this machine alone.
import { chromium } from 'playwright-core';

export const given = JSON.parse(process.argv[2]);

// A limit, never an expectation.
const limit = 1000 * (process.env.CXXPROXY_LIMIT || 30);

export const ok = (good, name, ...more) => {
  console.log(`${good ? 'ok' : 'not ok'} - ${name}`);
  if (!good) more.forEach((what) => console.log(`# ${JSON.stringify(what)}`));
};

export const is = (got, expected, name) =>
  ok(JSON.stringify(got) === JSON.stringify(expected), name, { got, expected });

// The first true value, or the failure of that name.
export const until = async (name, condition) => {
  const end = Date.now() + limit;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`still waiting: ${name}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

// The bodies of so many answers, one after the other: what reaches the members.
export const requests = async (url, count) => {
  const answers = [];
  while (answers.length < count) answers.push(await (await fetch(url)).text());
  return answers;
};

const watch = (context, origin, complaints) => {
  const complain = (text) => complaints.push(text);
  context.on('console', (message) => {
    if (['error', 'warning', 'assert'].includes(message.type())) complain(`console: ${message.text()}`);
  });
  context.on('weberror', (error) => complain(`error in the page: ${error.error()}`));
  context.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (protocol !== 'data:' && asked !== origin) complain(`asks elsewhere: ${request.url()}`);
  });
  context.on('response', (response) => {
    if (response.status() >= 400) complain(`${response.status()} for ${response.url()}`);
  });
};

// Of each page as it comes over the wire.
const inline = (html) => [/<style/i, /\sstyle\s*=/i, /<script(?![^>]*\ssrc=)/i, /<[^>]*\son[a-z]+\s*=/i, /javascript:/i]
  .filter((pattern) => pattern.test(html)).map(String);

// Options: width, height, script (false: JavaScript is off), dark, browser (one that runs already). The user's last words,
// about complaints and inline code, are checks of the test.
const visit = async (browser, story, { width = 1280, height = 800, script = true, dark = false } = {}) => {
  const { origin } = new URL(given.url);
  const complaints = [];
  const context = await browser.newContext({
    viewport: { width, height }, javaScriptEnabled: script, colorScheme: dark ? 'dark' : 'light',
    isMobile: width < 600, hasTouch: width < 600,
  });
  context.setDefaultTimeout(limit);
  watch(context, origin, complaints);
  const page = await context.newPage();
  const pages = [];
  page.on('response', (response) => {
    if (response.request().isNavigationRequest()) pages.push(response.text().catch(() => ''));   // gone already, with a fast user
  });
  try {
    await story({ page, context, url: given.url, complaints });
    is(complaints, [], 'the browser has nothing to complain about');
    const read = (await Promise.all(pages)).filter(Boolean);
    const found = read.flatMap(inline);
    ok(read.length > 0 && found.length === 0, 'no page has inline style or script', found);
  } finally {
    await context.close();
  }
};

export const test = async (story, ...visits) => {
  const browser = await chromium.launch({
    executablePath: given.chromium,
    args: ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1', '--no-proxy-server', '--disable-gpu'],
  });
  try {
    for (const options of visits.length ? visits : [{}]) await visit(browser, (tools) => story({ ...tools, ...options }), options);
  } catch (error) {
    ok(false, error.message.split('\n')[0], ...error.stack.split('\n').slice(1));
  } finally {
    await browser.close();
  }
};

// For whoever wants to look: CXXPROXY_SCREENSHOTS names a directory.
export const look = async (page, name) => {
  const directory = process.env.CXXPROXY_SCREENSHOTS;
  if (directory) await page.screenshot({ path: `${directory}/${name}.png`, fullPage: true });
};
