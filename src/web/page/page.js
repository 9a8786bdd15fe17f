// SPDX-License-Identifier: Apache-2.0
// The page: what the event stream says, put into place as text. Whatever came from
// a message goes through textContent and never through markup. Sorting and filtering are the server's, so that they
// cover more rows than the page has.
import {Format} from '/numbers.js';
import {LeadersChart, MAX_BARS, RateChart} from '/charts.js';
import {chooseLanguage, translate} from '/text.js';

const STEP_ROWS = 100;
const MAX_ROWS = 1000;           // of one answer of the API
const REFRESH_MS = 2000;         // of rows that were sorted or filtered
const TYPING_MS = 200;
const RETRY_MS = 3000;
const SILENCE_MS = 20000;        // the server says something every 15 s at least

const {words, language, locale} = chooseLanguage(navigator.languages);
const format = new Format(locale);
const $ = (id) => document.getElementById(id);

let pipeline = null;       // /api/pipeline
let latest = null;         // the last event
let rows = null;           // what the table shows: {rows, all_rows, rows_searched, sums, matching?}
const query = {table: 0, sort: null, order: 'desc', filter: '', limit: STEP_ROWS};
let asked = 0;             // number of the last request for rows
let askedAt = 0;
let stream = null;
let heardAt = Date.now();
let hasEnded = false;
let leaders = null;
let rate = null;

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// A number in large letters, or in smaller ones when it is long.
function setFigure(id, text) {
  setText($(id), text);
  $(id).dataset.size = text.length > 19 ? 'small' : text.length > 11 ? 'medium' : 'large';
}

function create(name, className, text) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

const table = () => pipeline.tables[query.table];
const firstMeasure = (of) => of.columns.findIndex((column) => column.type !== 'text');
const shown = (column, value) =>
  column.type === 'text' ? value : column.type === 'decimal' ? format.amount(value) : format.count(value);
const percent = (text) => `${format.amount(text)} %`;
const nameOf = (of, row) => row.values.filter((_, i) => of.columns[i].type === 'text').join(' · ');
const isDefaultQuery = () => query.sort === null && query.filter === '' && query.limit === STEP_ROWS;

// Where we are.

// One of the server's states, or what only the page knows: connecting, lost.
function setState(state, since) {
  $('state').dataset.state = state;
  const isWaiting = ['waiting_for_store', 'waiting_for_source', 'transaction_open'].includes(state);
  setText($('state-text'), words[state] + (isWaiting && since ? ` ${words.since(format.time(since))}` : ''));
}

function showComplete(state) {
  const {everything, through_ms: through} = state.complete;
  let text = words.unknown;
  if (!state.as_of_ms) text = words.unknown;
  else if (!pipeline.has_end) text = words.no_end(format.time(state.as_of_ms));
  else if (everything) text = words.everything(format.time(through));
  else if (through !== null) text = words.through(format.time(through));
  else if (state.lag.unit !== 'messages') text = words.unknown_times;
  if (state.held_back) text += ` ${words.held_back(format.count(state.held_back), state.held_back)}`;
  if (!state.log_answers) text += ` ${words.source_silent}`;
  // Green is what is known now; complete at some time before, the rest.
  const isGood = state.state === 'up_to_date' || (state.state === 'ended' && everything && !state.problem);
  $('complete').dataset.state = isGood ? 'everything' : everything || through !== null ? 'through' : 'unknown';
  setText($('complete'), text);
  $('problem').hidden = state.problem === null;
  setText($('problem'), state.problem === null ? '' : words.problem(state.problem));
}

// What is known of a lag. That nothing is missing is said of now only.
function lagNote(state, count, seconds) {
  if (count === null) return '';
  if (count > 0) return seconds === null ? '' : words.behind_time(format.duration(seconds));
  const isNow = ['up_to_date', 'ended'].includes(state.state);
  return isNow ? words.behind_nothing : words.behind_as_of(format.time(state.lag_as_of_ms));
}

// How many of the rejected messages are open, where not all of them are.
function openNote({rejects, open_rejects: open, resent}) {
  if (open === null) return Object.keys(rejects).length ? words.rejects_open_unknown : '';
  return resent ? words.rejects_open(format.count(open), format.count(resent), resent) : '';
}

function showTiles(state) {
  const rejects = Object.values(state.rejects).reduce((sum, n) => sum + n, 0);
  const isRead = state.as_of_ms > 0;  // before that nothing is known of the store, and 0 would be a claim
  setFigure('orders', isRead ? format.count(state.orders) : words.behind_unknown);
  setText($('orders-note'), isRead ? words.items(format.count(state.items)) : '');
  setFigure('rate', format.rate(state.orders_per_second));
  const {count, unit, seconds} = state.lag;
  $('lag-tile').hidden = !pipeline.has_end;
  setFigure('lag', count === null ? words.behind_unknown : format.count(count));
  const lagNotes = [count === null ? '' : words[unit], lagNote(state, count, seconds)];
  setText($('lag-note'), lagNotes.filter(Boolean).join('; '));
  setFigure('rejects', isRead ? format.count(rejects) : words.behind_unknown);
  const share = state.messages ? format.amount((100 * rejects / state.messages).toFixed(2)) : '0';
  // Of nothing that was read it would be a claim that none is rejected.
  const none = state.messages ? words.rejects_none : '';
  const notes = [openNote(state), rejects ? words.rejects_share(`${share} %`) : none];
  if (state.duplicates) notes.push(words.duplicates(format.count(state.duplicates)));
  if (state.left_out) notes.push(words.leftOut(format.count(state.left_out)));
  if (state.wrong_totals) notes.push(words.wrong_totals(format.count(state.wrong_totals)));
  setText($('rejects-note'), notes.filter(Boolean).join('; '));
  // Those that were sent again have been seen to.
  const isOpen = rejects > 0 && state.open_rejects !== 0;
  $('rejects-tile').dataset.state = isOpen ? 'warn' : state.messages ? 'good' : 'unknown';
  showSum(state, 'revenue');
  showSum(state, 'units');
}

// The sum of the first table that has this measure. Tables by different keys have the same sum.
function showSum(state, measure) {
  const at = pipeline.tables.findIndex((each) => each.columns.some((column) => column.shows === measure));
  const sums = at < 0 || !state.tables[at] ? null : state.tables[at].sums;
  const value = sums ? sums[pipeline.tables[at].columns.findIndex((column) => column.shows === measure)] : null;
  $(`${measure}-tile`).hidden = value === null;
  if (value === null) return;
  setFigure(measure, format.amount(value));
  setText($(`${measure}-note`), words.of_table(pipeline.tables[at].name));
}

function showRejects(state) {
  const reasons = Object.entries(state.rejects).sort((a, b) => b[1] - a[1]);
  $('rejects-card').hidden = reasons.length === 0;
  const open = openNote(state);
  $('rejects-open').hidden = !open;
  setText($('rejects-open'), `${open}. ${state.resent ? words.rejects_stay : ''}`);
  const body = $('reasons');
  while (body.rows.length > reasons.length) body.deleteRow(-1);
  reasons.forEach(([reason, n], i) => {
    const row = body.rows[i] ?? body.insertRow();
    if (!row.cells.length) {
      const name = create('th', 'name');
      name.scope = 'row';
      name.append(create('span'), create('code'));
      row.append(name, create('td', 'number'));
    }
    setText(row.cells[0].firstChild, words.reasons[reason] ?? reason);
    setText(row.cells[0].lastChild, reason);
    setText(row.cells[1], format.count(n));
  });
}

// The table of totals.

function buildHeader() {
  const of = table();
  $('columns').replaceChildren(...of.columns.map((column) => {
    const cell = create('th', column.type === 'text' ? 'name' : 'number');
    cell.scope = 'col';
    const button = create('button');
    button.type = 'button';
    button.append(create('span', '', column.name), create('span', 'arrow'));
    button.lastChild.setAttribute('aria-hidden', 'true');
    button.title = words[column.shows] ?? '';
    button.addEventListener('click', () => sortBy(column));
    cell.append(button);
    return cell;
  }));
  const share = create('th', 'number share', words.share);
  share.scope = 'col';
  $('columns').append(share);
  $('rows').replaceChildren();
  $('sums').replaceChildren();
  showSorting();
}

function showSorting() {
  const of = table();
  const sorted = query.sort ?? of.columns[firstMeasure(of)].name;
  of.columns.forEach((column, i) => {
    const cell = $('columns').cells[i];
    const isSorted = column.name === sorted;
    if (isSorted) cell.setAttribute('aria-sort', query.order === 'asc' ? 'ascending' : 'descending');
    else cell.removeAttribute('aria-sort');
    setText(cell.querySelector('.arrow'), !isSorted ? '' : query.order === 'asc' ? '▲' : '▼');
  });
  const order = words[query.order === 'asc' ? 'ascending' : 'descending'];
  setText($('totals-caption'), words.caption(of.name, sorted, order));
  const parameters = new URLSearchParams({table: of.name, for: language});
  $('download').href = `/api/totals.csv?${parameters}`;
}

function sortBy(column) {
  const of = table();
  const usual = of.columns[firstMeasure(of)].name;
  const was = query.sort ?? usual;
  if (was === column.name) query.order = query.order === 'asc' ? 'desc' : 'asc';
  else query.order = column.type === 'text' ? 'asc' : 'desc';
  query.sort = column.name === usual && query.order === 'desc' ? null : column.name;
  showSorting();
  askRows(true);
}

function newRow(of) {
  const row = document.createElement('tr');
  of.columns.forEach((column, i) => {
    const isName = column.type === 'text';
    const isFirstName = i === of.columns.findIndex((each) => each.type === 'text');
    const cell = create(isFirstName ? 'th' : 'td', isName ? 'name' : 'number');
    if (cell.tagName === 'TH') cell.scope = 'row';
    row.append(cell);
  });
  const share = create('td', 'number share');
  const inside = create('div', 'share-cell');
  const track = create('span', 'share-track');
  track.append(create('span', 'share-bar'));
  inside.append(track, create('span', 'share-text'));
  share.append(inside);
  row.append(share);
  return row;
}

function showRows() {
  const of = table();
  const body = $('rows');
  while (body.rows.length > rows.rows.length) body.deleteRow(-1);
  rows.rows.forEach((row, r) => {
    if (!body.rows[r]) body.append(newRow(of));
    const cells = body.rows[r].cells;
    row.values.forEach((value, i) => setText(cells[i], shown(of.columns[i], value)));
    const share = cells[of.columns.length];
    setText(share.querySelector('.share-text'), row.share === null ? '' : percent(row.share));
    share.querySelector('.share-bar').style.width = `${Math.max(0, Math.min(100, Number(row.share ?? 0)))}%`;
  });
  showSums(of);
  const all = rows.all_rows;
  const count = format.count(rows.rows.length);
  let text = all === 0 ? words.no_rows : words.shown(count, format.count(all));
  if (query.filter) {
    text = rows.matching === 0 ? words.no_match : words.shown_of_matching(count, format.count(rows.matching));
  }
  if (rows.rows_searched < all) text += ` ${words.searched(format.count(rows.rows_searched), format.count(all))}`;
  setText($('shown'), text);
  // An answer has a limit of bytes as well: where it has less than was asked for, asking for more brings no more.
  const isCut = rows.more === true && rows.rows.length < query.limit;
  $('more').hidden = rows.rows.length >= (rows.matching ?? rows.rows_searched) || query.limit >= MAX_ROWS || isCut;
}

function showSums(of) {
  const foot = $('sums');
  const isWhole = !query.filter && rows.sums.some((sum) => sum !== null);
  foot.hidden = !isWhole;
  while (foot.cells.length < of.columns.length + 1) {
    const column = of.columns[foot.cells.length];
    foot.append(create('td', !column ? 'number share' : column.type === 'text' ? 'name' : 'number'));
  }
  of.columns.forEach((column, i) => {
    const sum = rows.sums[i];
    setText(foot.cells[i], sum !== null ? shown(column, sum) : column.type === 'text' && i === 0 ? words.sum : '');
  });
}

// The rows of the query: out of the event where it has them, otherwise from the API.
async function askRows(isByHand) {
  if (isDefaultQuery() && latest && latest.tables[query.table]) {
    rows = latest.tables[query.table];
    asked += 1;
    showRows();
    if (isByHand) setText($('announcement'), $('shown').textContent);
    return;
  }
  const now = Date.now();
  if (!isByHand && now - askedAt < REFRESH_MS) return;
  askedAt = now;
  const mine = ++asked;
  const parameters = new URLSearchParams({table: table().name, order: query.order, limit: query.limit});
  if (query.sort !== null) parameters.set('sort', query.sort);
  if (query.filter) parameters.set('filter', query.filter);
  try {
    const answer = await fetch(`/api/totals?${parameters}`);
    if (answer.status === 401) return location.reload();
    if (!answer.ok || mine !== asked) return;
    rows = await answer.json();
    if (mine !== asked) return;
    showRows();
    if (isByHand) setText($('announcement'), $('shown').textContent);
  } catch {
    // The stream notices too that the server is gone, and says so.
  }
}

function showLeaders() {
  const of = table();
  const measure = firstMeasure(of);
  const top = (latest.tables[query.table]?.rows ?? []).slice(0, MAX_BARS);
  setText($('leaders-title'), words.leaders(format.count(top.length || MAX_BARS), of.columns[measure].name));
  leaders.show(top.map((row) => ({name: nameOf(of, row), digits: String(row.values[measure])})));
}

function chooseTable(index) {
  query.table = index;
  query.sort = null;
  query.order = 'desc';
  query.limit = STEP_ROWS;
  query.filter = '';
  $('filter').value = '';
  buildHeader();
  if (!latest) return;
  askRows(true);
  showLeaders();
}

// The stream.

function onState(event) {
  heardAt = Date.now();
  latest = JSON.parse(event.data);
  hasEnded = latest.state === 'ended';
  setState(latest.state, latest.state_since_ms);
  showComplete(latest);
  showTiles(latest);
  showRejects(latest);
  askRows(false);
  showLeaders();
  rate.add(latest.rate);
  setText($('as-of'), latest.as_of_ms ? words.as_of(format.time(latest.as_of_ms)) : '');
}

function connect() {
  stream?.close();
  heardAt = Date.now();
  stream = new EventSource('/api/stream');
  stream.addEventListener('state', onState);
  stream.addEventListener('error', () => {
    if (!hasEnded) setState('lost');
    stream.close();
    setTimeout(start, RETRY_MS);  // the next server may be another run, or want a token
  });
}

async function start() {
  try {
    const answer = await fetch('/api/pipeline');
    if (answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(answer.statusText);
    const found = await answer.json();
    const rates = await (await fetch('/api/rate')).json();
    if (JSON.stringify(found) !== JSON.stringify(pipeline)) {
      pipeline = found;
      showPipeline();
    }
    rate.add(rates.points);
    connect();
  } catch {
    if (!hasEnded) setState('lost');
    setTimeout(start, RETRY_MS);
  }
}

function showPipeline() {
  latest = null;
  document.title = `${pipeline.pipeline} · salestream`;
  setText($('pipeline'), pipeline.pipeline);
  setText($('where'), `${pipeline.source} → ${pipeline.store}`);
  setText($('version'), `salestream ${pipeline.version}`);
  $('table-choice').hidden = pipeline.tables.length < 2;
  $('table-select').replaceChildren(...pipeline.tables.map((each, i) => new Option(each.name, String(i))));
  chooseTable(0);
}

function setUp() {
  translate(words, language);
  $('filter').placeholder = words.filter;
  $('filter').setAttribute('aria-label', words.filter);
  setState('connecting');
  leaders = new LeadersChart($('leaders-chart'), format, words);
  rate = new RateChart($('rate-chart'), format, words);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    leaders.recolor();
    rate.recolor();
  });
  $('table-select').addEventListener('change', (event) => chooseTable(Number(event.target.value)));
  $('more').addEventListener('click', () => {
    query.limit = Math.min(MAX_ROWS, query.limit + STEP_ROWS);
    askRows(true);
  });
  let typing = null;
  $('filter').addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      query.filter = $('filter').value;
      askRows(true);
    }, TYPING_MS);
  });
  setInterval(() => {
    if (stream?.readyState === EventSource.OPEN && Date.now() - heardAt > SILENCE_MS) setState('lost');
  }, 1000);
  start();
}

setUp();
