#include "httpd/manager/page.hpp"

#include <string_view>

namespace cxxproxy::httpd::manager {
namespace {

constexpr std::string_view style = R"css(:root {
  color-scheme: light dark;
  --line: #c9ced6; --head: #eef1f5; --back: #fff; --text: #1c2430; --quiet: #5a6675; --link: #0b57a4;
  --fine: #1a7f37; --held: #9a6700; --off: #6e7781; --failed: #cf222e; --news: #fff3c4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --line: #3a424e; --head: #242a33; --back: #171b21; --text: #e4e8ee; --quiet: #98a3b1; --link: #7db7f5;
    --fine: #3fb950; --held: #d9a520; --off: #8b949e; --failed: #f85149; --news: #4a3f14;
  }
}
body { margin: 0 auto; max-width: 80rem; padding: 1rem; background: var(--back); color: var(--text);
  font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: .2rem 0 .6rem; overflow-wrap: anywhere; }
h3 { font-size: 1.05rem; margin: 1rem 0 .5rem; font-weight: 600; overflow-wrap: anywhere; }
dl { margin: 0; color: var(--quiet); font-size: .85rem; }
hr { border: 0; border-top: 1px solid var(--line); margin: 1.2rem 0 0; }
a { color: var(--link); }
table { border-collapse: collapse; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
th { background: var(--head); font-size: .8rem; font-weight: 600; white-space: nowrap; }
br { display: none; }
.settings, .members { overflow-x: auto; margin-bottom: .8rem; }
.members td { font-variant-numeric: tabular-nums; }
.members td:nth-child(n+7), .members td:nth-child(4), .members td:nth-child(5) { text-align: right; }
.members th { cursor: pointer; }
.members th[aria-sort]::after { content: " \2193"; }
.members th[aria-sort=ascending]::after { content: " \2191"; }
.members tr:has(b.failed) td:nth-child(6) { color: var(--failed); font-weight: 700; }
.members tr:has(b.off) td { color: var(--off); }
.members td:first-child { position: relative; padding-left: 1.6rem; }
.members td b { position: absolute; left: .55rem; top: .75rem; width: .6rem; height: .6rem; border-radius: 50%;
  background: var(--fine); }
.members td b.held { background: var(--held); }
.members td b.off { background: none; border: 2px solid var(--off); box-sizing: border-box; }
.members td b.failed { background: var(--failed); border-radius: 0; }
.members td.news { background: var(--news); }
.sorting { color: var(--quiet); font-size: .85rem; margin: .8rem 0 0; }
.scripted .sorting { display: none; }
form > table > tbody > tr > td { border-color: transparent; }
form input, form select { font: inherit; padding: .25rem .4rem; max-width: 100%; box-sizing: border-box; }
form input[type=text] { width: 22rem; }
form input[type=submit] { padding: .4rem 1.4rem; }
form table table td { white-space: nowrap; }
form table table br { display: inline; }
@media (max-width: 44rem) {
  body { padding: .6rem; }
  .settings table, .settings tbody, .settings tr, .members table, .members tbody, .members tr { display: block; }
  .settings tr:first-child, .members tr:first-child { display: none; }
  .members tr { border: 1px solid var(--line); border-radius: .5rem; margin-bottom: .7rem; padding: .3rem 0; }
  .settings td, .members td { display: flex; justify-content: space-between; gap: 1rem; border: 0; padding: .15rem .7rem;
    text-align: right; overflow-wrap: anywhere; }
  .settings td::before, .members td::before { color: var(--quiet); font-weight: 400; flex: none; }
  .members td:first-child { font-weight: 600; padding-left: 1.7rem; text-align: left; }
  .members td:first-child b { top: .5rem; left: .7rem; }
  .members td:nth-child(2):empty, .members td:nth-child(3):empty { display: none; }
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
  .settings td:nth-child(1)::before { content: "Members"; }
  .settings td:nth-child(2)::before { content: "Sticky session"; }
  .settings td:nth-child(3)::before { content: "Failover disabled"; }
  .settings td:nth-child(4)::before { content: "Timeout"; }
  .settings td:nth-child(5)::before { content: "Failover attempts"; }
  .settings td:nth-child(6)::before { content: "Method"; }
  .settings td:nth-child(7)::before { content: "Path"; }
  .settings td:nth-child(8)::before { content: "Active"; }
  form table, form tbody, form tr, form td { display: block; }
  form td { border: 0; padding: .15rem 0; }
  form input[type=text], form select { width: 100%; }
  form table table tr:first-child { display: none; }
  form table table td { display: flex; gap: .6rem; align-items: center; padding: .3rem 0; }
  form table table td::before { flex: 1; }
  form table table br { display: none; }
  form table table td:nth-child(1)::before { content: "Ignore errors"; }
  form table table td:nth-child(2)::before { content: "Draining"; }
  form table table td:nth-child(3)::before { content: "Disabled"; }
  form table table td:nth-child(4)::before { content: "Hot standby"; }
  form table table td:nth-child(5)::before { content: "Hot spare"; }
  form table table td:nth-child(6)::before { content: "Stopped"; }
}
)css";

constexpr std::string_view script = R"js('use strict';
// Sorts the members by a click on a column's title, and keeps the figures up to date. Nothing needs it.
(() => {
  const period = 2000;
  document.documentElement.classList.add('scripted');

  const tables = (page) => [...page.querySelectorAll('.members table')];
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

  const sort = (table, column, ascending) => {
    const sorted = rows(table).sort((a, b) =>
      compare(a.cells[column].textContent, b.cells[column].textContent) * (ascending ? 1 : -1));
    sorted.forEach((row) => row.parentNode.append(row));
    [...table.rows[0].cells].forEach((title) => title.removeAttribute('aria-sort'));
    table.rows[0].cells[column].setAttribute('aria-sort', ascending ? 'ascending' : 'descending');
  };

  const make_sortable = (table) => {
    [...table.rows[0].cells].forEach((title, column) => {
      title.tabIndex = 0;
      const click = () => sort(table, column, title.getAttribute('aria-sort') === 'descending');
      title.addEventListener('click', click);
      title.addEventListener('keydown', (event) => { if (event.key === 'Enter') click(); });
    });
  };

  const update = (row, news) => {
    [...row.cells].forEach((cell, column) => {
      const fresh = news.cells[column];
      const changed = cell.textContent !== fresh.textContent;
      cell.classList.toggle('news', changed);
      if (column === 0) cell.querySelector('b').className = fresh.querySelector('b').className;
      else if (changed) cell.textContent = fresh.textContent;
    });
  };

  const refresh = async () => {
    if (document.hidden) return;
    const answer = await fetch(location.pathname, { cache: 'no-store', credentials: 'same-origin' });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const fresh = tables(page);
    tables(document).forEach((table, number) => {
      const by_name = new Map(fresh[number] ? rows(fresh[number]).map((row) => [name(row), row]) : []);
      rows(table).forEach((row) => { if (by_name.has(name(row))) update(row, by_name.get(name(row))); });
    });
  };

  tables(document).forEach(make_sortable);
  setInterval(() => refresh().catch(() => {}), period);
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
