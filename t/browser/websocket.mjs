// A page whose WebSocket lives on while members are drained, and that hears why when the server goes away. It tells the test
// by files what it has seen, and waits for those of the test.
import { existsSync, writeFileSync } from 'node:fs';
import { given, is, ok, test, until } from './browser.mjs';

const signs = given.signs;
const tell = (name) => writeFileSync(`${signs}/${name}`, '');
const told = (name) => until(name, () => existsSync(`${signs}/${name}`));

// In the page: one WebSocket, what it has heard and how it was closed.
const open = (url) => {
  window.heard = [];
  window.ended = null;
  window.socket = new WebSocket(url);
  window.socket.onmessage = ({ data }) => window.heard.push(data);
  window.socket.onclose = ({ code, wasClean }) => { window.ended = { code, wasClean }; };
};

await test(async ({ page, url }) => {
  await page.goto(url);
  await page.evaluate(open, given.socket);
  const heard = () => page.evaluate(() => window.heard);
  const own = await until('a member to say its name', async () => (await heard())[0]);
  is(own, given.own, 'the WebSocket is at the member that was free');

  const echoes = async (word, when) => {
    await page.evaluate((text) => window.socket.send(text), word);
    await until(`${word} to come back`, async () => (await heard()).includes(word));
    ok(true, `it carries words ${when}`);
  };
  await echoes('first', 'to begin with');
  for (const [sign, when] of [['other', 'while another member is drained'], ['own', 'while its own is'], ['restart', 'after a graceful restart']]) {
    tell(`before-${sign}`);
    await told(`after-${sign}`);
    await echoes(`word-${sign}`, when);
  }
  const closed = await until('the end', () => page.evaluate(() => window.ended));
  is(closed, { code: 1001, wasClean: true }, 'then it hears 1001');
  ok((await heard()).length === 5, 'and nothing else');
});
