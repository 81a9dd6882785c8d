#include "httpd/manager/page.hpp"

#include <string_view>

namespace cxxproxy::httpd::manager {
namespace {

constexpr std::string_view style = R"css(:root {
  color-scheme: light dark;
  --line: #c9ced6; --head: #eef1f5; --back: #fff; --text: #1c2430; --quiet: #5a6675; --link: #0b57a4;
  --fine: #1a7f37; --held: #9a6700; --off: #606a75; --failed: #cf222e; --news: #fff3c4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --line: #3a424e; --head: #242a33; --back: #171b21; --text: #e4e8ee; --quiet: #98a3b1; --link: #7db7f5;
    --fine: #3fb950; --held: #d9a520; --off: #9da7b3; --failed: #ff8a82; --news: #3a3210;
  }
}
body { margin: 0 auto; max-width: 80rem; padding: 1rem; background: var(--back); color: var(--text);
  font: 15px/1.45 system-ui, sans-serif; -webkit-text-size-adjust: 100%; }
h1 { font-size: 1.4rem; margin: .2rem 0 .6rem; overflow-wrap: anywhere; }
h3 { font-size: 1.05rem; margin: 1rem 0 .5rem; font-weight: 600; overflow-wrap: anywhere; }
dl { margin: 0; color: var(--quiet); font-size: .85rem; display: flex; flex-wrap: wrap; gap: 0 1.2rem; }
hr { border: 0; border-top: 1px solid var(--line); margin: 1.2rem 0 0; }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
th { background: var(--head); font-size: .8rem; font-weight: 600; white-space: nowrap; }
br { display: none; }
.settings, .members { overflow-x: auto; margin-bottom: .8rem; }
.members table { width: 100%; }
.members :is(th, td):where(:nth-child(4), :nth-child(5), :nth-child(n+7):nth-child(-n+11), :nth-child(n+13):nth-child(-n+15)) {
  text-align: right; }
.members td:nth-child(n+16) { white-space: normal; min-width: 5rem; overflow-wrap: anywhere; }
.members td:is(:nth-child(16), :nth-child(18)) { min-width: 11rem; }
body:has(.members:not(.unchecked)) { max-width: 112rem; }
.expressions { margin: .8rem 0; overflow-x: auto; overflow-wrap: anywhere; }
.members:not(.unchecked) :where(th, td) { padding-left: .4rem; padding-right: .4rem; }
.members.unchecked :is(th, td):nth-child(n+12) { display: none; }
.members td { font-variant-numeric: tabular-nums; white-space: nowrap; }
.members :is(th, td):first-child { width: 99%; padding-left: 30px; }
.members td:first-child { position: relative; white-space: normal; min-width: 14rem; overflow-wrap: anywhere; }
.members tr:has(b.failed) td:nth-child(6) { color: var(--failed); font-weight: 700; }
.members tr:has(b.off) td { color: var(--off); }
.members tr { scroll-margin: 1rem; }
.members tr:has(b.chosen) td { background: var(--head); }
.members tr td.news { background: var(--news); }
.members td b { position: absolute; left: 11px; top: calc(.3rem + .725em - 5px); width: 10px; height: 10px;
  border-radius: 50%; box-sizing: border-box; background: var(--fine); }
.members td b.held { background: var(--held); }
.members td b.off { background: none; border: 2px solid var(--off); }
.members td b.failed { background: var(--failed); border-radius: 0; }
.scripted .members th { cursor: pointer; }
.scripted .members th:hover { color: var(--link); }
.members th[aria-sort]::after { content: " \2193"; content: " \2193" / ""; }
.members th[aria-sort=ascending]::after { content: " \2191"; content: " \2191" / ""; }
.silent .members { filter: grayscale(1); }
.silent h1::after { content: " \2013  no answer, figures are old"; color: var(--failed); }
.sorting { color: var(--quiet); font-size: .85rem; margin: .8rem 0 0; display: flex; flex-wrap: wrap; gap: .2rem .8rem; }
.scripted .sorting { display: none; }
form > table > tbody > tr > td { border-color: transparent; padding-left: 0; }
form > table > tbody > tr > td:is(:first-child:not([colspan]), :has(> input[type=radio])) { padding-top: .65rem; }
form input, form select { font: inherit; padding: .25rem .4rem; max-width: 100%; box-sizing: border-box; }
form input[type=text] { width: 22rem; }
form input:is([type=radio], [type=checkbox]) { width: 1.1rem; height: 1.1rem; margin: 0 .5rem 0 .1rem; vertical-align: -.2rem; }
form input[type=submit] { padding: .45rem 1.6rem; border: 1px solid var(--link); border-radius: .3rem; background: var(--link);
  color: var(--back); font-weight: 600; cursor: pointer; }
form td table td { white-space: nowrap; text-align: right; line-height: 1.8; }
form td table br { display: inline; }
@media (max-width: 44rem) {
  body { padding: .6rem; }
  dl { display: block; }
  .members th, .settings th { display: none; }
  .members, .settings { overflow: visible; }
  .settings table, .members table, .settings tbody, .members tbody { display: block; }
  .settings tr, .members tr { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: .3rem .6rem; }
  .settings tr:first-child, .members tr:first-child { display: none; }
  .members tr { border: 1px solid var(--line); border-radius: .5rem; margin-bottom: .6rem; padding: .5rem .7rem; }
  .members tr:has(b.chosen) { background: var(--head); border-color: var(--link); }
  .members tr:has(b.failed) { border-color: var(--failed); }
  .settings tr { grid-template-columns: repeat(3, auto); }
  .settings td, .members tr td:nth-child(n) { border: 0; padding: 0; text-align: left; width: auto; min-width: 0;
    white-space: normal; overflow-wrap: anywhere; }
  .settings td::before, .members td::before { display: block; color: var(--quiet); font-size: .75rem; font-weight: 400; }
  .members tr td:first-child { grid-column: 1 / -1; order: -2; font-weight: 600; padding: .1rem 0 .1rem 18px; }
  .members tr td:nth-child(6) { grid-column: span 2; order: -1; }
  .members td b { left: 0; top: calc(.1rem + .725em - 5px); }
  .members td:nth-child(2)::before { content: "Route"; }
  .members td:nth-child(3)::before { content: "Redirect"; }
  .members td:nth-child(4)::before { content: "Factor"; }
  .members td:nth-child(5)::before { content: "Set"; }
  .members td:nth-child(6)::before { content: "Status"; }
  .members td:nth-child(7)::before { content: "Elected"; }
  .members td:nth-child(8)::before { content: "Busy"; }
  .members td:nth-child(9)::before { content: "Load"; }
  .members td:nth-child(10)::before { content: "To"; }
  .members td:nth-child(11)::before { content: "From"; }
  .members td:nth-child(12)::before { content: "HC method"; }
  .members td:nth-child(13)::before { content: "HC interval"; }
  .members td:nth-child(14)::before { content: "Passes"; }
  .members td:nth-child(15)::before { content: "Fails"; }
  .members td:nth-child(16)::before { content: "HC uri"; }
  .members td:nth-child(17)::before { content: "HC expr"; }
  .members td:nth-child(18)::before { content: "Last check"; }
  .members tr td:is(:nth-child(16), :nth-child(17)) { grid-column: span 2; }
  .members tr td:nth-child(18) { grid-column: 1 / -1; }
  .members td:is(:nth-child(2), :nth-child(3), :nth-child(n+16)):empty::after { content: "\2013"; }
  .settings td:nth-child(1)::before { content: "Members"; }
  .settings td:nth-child(2)::before { content: "Sticky session"; }
  .settings td:nth-child(3)::before { content: "Failover disabled"; }
  .settings td:nth-child(4)::before { content: "Timeout"; }
  .settings td:nth-child(5)::before { content: "Failover attempts"; }
  .settings td:nth-child(6)::before { content: "Method"; }
  .settings td:nth-child(7)::before { content: "Path"; }
  .settings td:nth-child(8)::before { content: "Active"; }
  .sorting, .scripted .sorting { display: flex; gap: 0 .9rem; }
  .sorting, .sorting a { line-height: 2.4; }
  form table, form tbody, form tr, form td { display: block; }
  form tr > td, form > table > tbody > tr > td:first-child:not([colspan]) { border: 0; padding: .15rem 0; }
  form input, form select { min-height: 2.5rem; }
  form input[type=text], form select, form input[type=submit] { width: 100%; }
  form input[type=submit] { margin-top: .6rem; }
  form input:is([type=radio], [type=checkbox]) { width: 1.4rem; height: 1.4rem; min-height: 0; margin: 0; vertical-align: -.35rem; }
  form label { line-height: 2.4; padding-right: .4rem; }
  form td > input[type=radio] + label, form td > br + label { margin-left: 1.2rem; }
  form td table tr:first-child { display: none; }
  form td table td { display: flex; align-items: center; padding: 0; border-top: 1px solid var(--line); }
  form td table td::before { flex: 1; text-align: left; }
  form td table br { display: none; }
  form td table td:nth-child(1)::before { content: "Ignore errors"; }
  form td table td:nth-child(2)::before { content: "Draining"; }
  form td table td:nth-child(3)::before { content: "Disabled"; }
  form td table td:nth-child(4)::before { content: "Hot standby"; }
  form td table td:nth-child(5)::before { content: "Hot spare"; }
  form td table td:nth-child(6)::before { content: "Health check failed"; }
  form td table td:nth-child(7)::before { content: "Stopped"; }
}
)css";

constexpr std::string_view script =
    R"js(// Sorts the members by a click on a column's title, and keeps the figures up to date. Nothing needs it.
'use strict';
(() => {
  const period = 2000;
  const root = document.documentElement;
  root.classList.add('scripted');

  const tables = (page) => [...page.querySelectorAll('.members table')];
  const titles = (table) => [...table.rows[0].cells];
  const rows = (table) => [...table.rows].slice(1);
  const name = (row) => row.cells[0].textContent;

  const amount = (text) => {
    const match = /^\s*(-?[\d.]+)\s*([KMGTPE]?)\s*$/.exec(text);
    return match ? Number(match[1]) * 1024 ** ' KMGTPE'.indexOf(match[2] || ' ') : null;
  };
  const compare = (a, b) => {
    const [x, y] = [amount(a), amount(b)];
    return x !== null && y !== null ? x - y : a.localeCompare(b);
  };

  // First with the greatest number, or the first text, on top; then the other way round.
  const sort = (table, column) => {
    const title = titles(table)[column];
    const text = (row) => row.cells[column].textContent;
    const before = title.getAttribute('aria-sort');
    const ascending = before ? before === 'descending' : !rows(table).every((row) => amount(text(row)) !== null);
    const sorted = rows(table).sort((a, b) => compare(text(a), text(b)) * (ascending ? 1 : -1));
    sorted.forEach((row) => row.parentNode.append(row));
    titles(table).forEach((other) => other.removeAttribute('aria-sort'));
    title.setAttribute('aria-sort', ascending ? 'ascending' : 'descending');
  };

  const make_sortable = (table) => titles(table).forEach((title, column) => {
    title.tabIndex = 0;
    title.addEventListener('click', () => sort(table, column));
    title.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      sort(table, column);
    });
  });

  // Where there is no room for titles, the links sort.
  const sort_by_link = (link) => link.addEventListener('click', (event) => {
    event.preventDefault();
    tables(document).forEach((table) =>
      sort(table, titles(table).findIndex((title) => title.textContent === link.textContent)));
  });

  const update = (row, news) => {
    [...row.cells].forEach((cell, column) => {
      const fresh = news.cells[column];
      const changed = cell.textContent !== fresh.textContent;
      cell.classList.toggle('news', changed && !cell.classList.contains('check'));
      if (changed) cell.textContent = fresh.textContent;
    });
  };

  // All but the link, which may have the focus.
  const update_member = (row, news) => {
    const [mark, fresh] = [row, news].map((one) => one.querySelector('b'));
    const chosen = mark.classList.contains('chosen');
    mark.className = fresh.className;
    mark.classList.toggle('chosen', chosen);
    update(row, news);
  };

  const update_members = (table, news) => {
    const fresh = new Map(rows(news).map((row) => [name(row), row]));
    rows(table).forEach((row) => {
      if (fresh.has(name(row))) update_member(row, fresh.get(name(row)));
      else row.remove();
      fresh.delete(name(row));
    });
    fresh.forEach((row) => table.tBodies[0].append(document.adoptNode(row)));
  };

  const refresh = async () => {
    if (document.hidden) return;
    const answer = await fetch(location.pathname, { cache: 'no-store', credentials: 'same-origin' });
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const settings = (one) => [...one.querySelectorAll('.settings table')];
    if (tables(page).length !== tables(document).length) return;
    tables(document).forEach((table, number) => update_members(table, tables(page)[number]));
    settings(document).forEach((table, number) => update(table.rows[1], settings(page)[number].rows[1]));
  };

  const keep_fresh = () => setTimeout(async () => {
    await refresh().then(() => root.classList.remove('silent'), () => root.classList.add('silent'));
    keep_fresh();
  }, period);

  tables(document).forEach(make_sortable);
  document.querySelectorAll('.sorting a').forEach(sort_by_link);
  const chosen = document.querySelector('.members tr:has(b.chosen)');
  if (chosen && !document.querySelector('[autofocus]')) chosen.scrollIntoView({ block: 'nearest' });
  keep_fresh();
})();
)js";

int send(request_rec* r, const char* type, std::string_view text) {
  ap_set_content_type_ex(r, type, 1);
  apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
  apr_table_setn(r->headers_out, "Cache-Control", "private, max-age=300");
  ap_set_content_length(r, static_cast<apr_off_t>(text.size()));
  if (!r->header_only) ap_rwrite(text.data(), static_cast<int>(text.size()), r);
  return OK;
}

}  // namespace

int send_file(request_rec* r, std::string_view name) {
  if (name == "style.css") return send(r, "text/css; charset=utf-8", style);
  if (name == "script.js") return send(r, "text/javascript; charset=utf-8", script);
  return HTTP_NOT_FOUND;
}

}  // namespace cxxproxy::httpd::manager
