'use strict';

// Keeps nothing but what the server gave: it asks again for parts of a page that have changed.

document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey
      || event.target.closest('input, textarea, select, [contenteditable]')) {
    return;
  }
  const search = document.getElementById('search');
  const help = document.getElementById('help');
  if (event.key === '/' && search) {
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === '?' && help && !help.open) {
    event.preventDefault();
    help.showModal();
  }
});

// What copies the text of an element.
document.addEventListener('click', event => {
  const button = event.target.closest('[data-copy]');
  if (button) {
    const text = document.getElementById(button.dataset.copy);
    if (navigator.clipboard) {
      navigator.clipboard.writeText(text.textContent);
    } else { // not over TLS: it is only selected
      getSelection().selectAllChildren(text);
    }
  }
});

// How long is left of what ends, such as a hold: minutes and seconds.
setInterval(() => document.querySelectorAll('[data-until]').forEach(shown => {
  const left = Math.max(0, Math.round((Date.parse(shown.dataset.until) - Date.now()) / 1000));
  const hours = Math.floor(left / 3600);
  const rest = [Math.floor(left / 60) % 60, left % 60].map(n => String(n).padStart(2, '0')).join(':');
  shown.textContent = '(' + (hours ? hours + ':' : '') + rest + ')';
}), 1000);

// What came of an action is looked at next, wherever on the page it is.
document.addEventListener('htmx:afterSwap', event => {
  if (event.target.matches('#outcome, #tried, #checked')) {
    event.target.tabIndex = -1;
    event.target.focus();
  }
});

// A row of the history that is open stays open when the history is asked for again.
let rows = new Map(); // what it shows, by its id
document.addEventListener('htmx:beforeSwap', event => {
  if (event.detail.target.id === 'history') {
    event.detail.target.querySelectorAll('details[open]')
      .forEach(row => rows.set(row.id, row.querySelector('.more')));
  }
});
document.addEventListener('htmx:load', event => {
  if (event.target.id === 'history') {
    rows.forEach((more, id) => {
      const row = document.getElementById(id);
      if (row) {
        row.querySelector('.more').replaceWith(more);
        row.open = true;
      }
    });
    rows = new Map();
  }
});

// A stream goes on until the page is left; one that the gateway has refused is opened again.
function listen(path, name, heard, opened) {
  const lost = document.getElementById('lost');
  let events;
  function open() {
    events = new EventSource(path);
    events.addEventListener(name, event => heard(JSON.parse(event.data)));
    events.addEventListener('open', () => {
      lost.hidden = true;
      opened();
    });
    events.addEventListener('error', () => {
      lost.hidden = false;
      if (events.readyState === EventSource.CLOSED) {
        setTimeout(open, 5000);
      }
    });
  }
  open();
  window.addEventListener('pagehide', () => events.close());
}

// The account's own stream: another version than the one that is shown has the parts of the page asked for again.
const balance = document.getElementById('balance');
if (balance && balance.dataset.events) {
  listen(balance.dataset.events, 'balance', account => {
    const shown = document.getElementById('balance');
    if (shown && String(account.version) !== shown.dataset.version) {
      document.body.dispatchEvent(new CustomEvent('redraw'));
    }
  }, () => {});
}

// Live: the samples of the last minutes, drawn again each second. A gap is a time of which nothing was heard.
const live = document.getElementById('live');
if (live) {
  const types = ['earn', 'redeem', 'hold', 'capture', 'reverse'];
  const language = document.documentElement.lang;
  const pause = document.getElementById('pause');
  const span = document.getElementById('span');
  const seal = document.getElementById('chart-seal');
  const samples = new Map(); // by the second that they begin with
  let step = 1; // of how many seconds a sample of the charts is
  let last; // the newest second
  let charts = [];

  const of = (sample, type) => sample.operations.find(each => each.type === type);
  const done = each => each ? each.done + each.repeated + each.declined : 0;
  const rate = sample => sample.operations.reduce((sum, each) => sum + done(each), 0) / sample.seconds;
  const second = sample => Date.parse(sample.at) / 1000;
  const number = (value, digits) => value === null || value === undefined ? '-'
    : value.toLocaleString(language, {maximumFractionDigits: digits});
  const clock = seconds => new Date(seconds * 1000).toLocaleTimeString(language, {hourCycle: 'h23'});

  // all times of the span, whether there is a sample or not
  function times() {
    const end = Math.floor(second(last) / step) * step;
    const count = Math.floor(Number(span.value) / step);
    return Array.from({length: count}, (unused, i) => end - (count - 1 - i) * step);
  }

  function data(values) {
    const all = times();
    const found = all.map(time => samples.get(time));
    return [all, ...values.map(value => found.map(sample => sample ? value(sample) : null))];
  }

  const ofTypes = () => data(types.map(type => sample => done(of(sample, type)) / sample.seconds));
  const ofSeal = () => data([sample => sample.p99Ms, sample => sample.sealLagP99Ms, sample => sample.sealQueue]);

  // a canvas knows no light-dark(): the browser resolves the colours of elements
  function colour(name) {
    const probe = document.body.appendChild(document.createElement('span'));
    probe.className = name;
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  }

  function chart(element, labels, values) {
    const grid = {stroke: colour('grid'), width: 1};
    const axis = {stroke: colour('quiet'), grid, ticks: grid};
    const series = labels.map((label, i) => ({
      label, stroke: colour('series-' + (i + 1)), width: 2, points: {show: false}, value: (u, v) => number(v, 1)}));
    element.replaceChildren();
    return new uPlot({
      width: element.clientWidth, height: 240, cursor: {drag: {x: false, y: false}},
      scales: {y: {range: (u, low, high) => [0, Math.max(high * 1.1, 5)]}},
      series: [{label: element.dataset.time, value: (u, v) => v === null ? '-' : clock(v)}, ...series],
      axes: [
        {...axis, values: (u, all) => all.map(clock), space: 90},
        {...axis, size: 52, values: (u, all) => all.map(value => number(value, 1))},
      ],
    }, values, element);
  }

  function build() {
    charts.forEach(each => each[0].destroy());
    charts = [];
    if (last) {
      const labels = [seal.dataset.p99, seal.dataset.lag, seal.dataset.queue];
      charts = [
        [chart(document.getElementById('chart-operations'), types, ofTypes()), ofTypes],
        [chart(seal, labels, ofSeal()), ofSeal],
      ];
    }
  }

  function tile(name, text) {
    live.querySelector('[data-tile="' + name + '"]').textContent = text;
  }

  function upOrDown(name, up) {
    const shown = live.querySelector('[data-tile="' + name + '"]');
    shown.textContent = up ? shown.dataset.yes : shown.dataset.no;
    shown.className = up ? 'good' : 'bad';
  }

  function cell(text) {
    const made = document.createElement('td');
    made.className = 'number';
    made.textContent = text;
    return made;
  }

  function row(sample) {
    const made = document.createElement('tr');
    const at = made.appendChild(document.createElement('th'));
    at.scope = 'row';
    const time = at.appendChild(document.createElement('time'));
    time.dateTime = sample.at;
    time.textContent = clock(second(sample));
    [rate(sample), sample.p99Ms, sample.sealLagP99Ms, sample.sealQueue, sample.earned, sample.redeemed]
      .forEach(value => made.append(cell(number(value, 1))));
    return made;
  }

  function budget(each) {
    const made = document.createElement('li');
    const bar = document.createElement('meter');
    bar.max = each.total;
    bar.value = each.left;
    const name = each.program + ' / ' + each.budget;
    bar.setAttribute('aria-label', name);
    const left = document.createElement('span');
    left.className = 'number';
    left.textContent = number(each.left, 0) + ' / ' + number(each.total, 0);
    made.append(name, bar, left);
    return made;
  }

  function show() {
    const newest = [...samples.values()].filter(each => second(each) > second(last) - 60);
    const sum = value => newest.reduce((all, each) => all + value(each), 0);
    const all = sum(each => each.operations.reduce((n, type) => n + done(type), 0));
    const declined = sum(each => each.operations.reduce((n, type) => n + type.declined, 0));
    tile('rate', number(rate(last), 0));
    ['p99Ms', 'sealLagP99Ms', 'sealQueue'].forEach(name => tile(name, number(last[name], 1)));
    tile('earned', number(sum(each => each.earned), 0));
    tile('redeemed', number(sum(each => each.redeemed), 0));
    tile('declined', all ? number(100 * declined / all, 1) + ' %' : '-');
    tile('refused', number((last.rateLimited + last.unavailable + last.errors) / last.seconds, 0));
    tile('gateways', last.gateways + ' / ' + last.gatewaysAlive);
    upOrDown('redisUp', last.redisUp);
    upOrDown('postgresUp', last.postgresUp);
    document.getElementById('live-budgets').replaceChildren(...last.budgets.map(budget));
    document.getElementById('no-budgets').hidden = last.budgets.length > 0;
    document.getElementById('live-table').replaceChildren(
      ...times().slice(-10).map(time => samples.get(time)).filter(sample => sample).reverse().map(row));
    if (charts.length) {
      charts.forEach(each => each[0].setData(each[1]()));
    } else {
      build();
    }
    // the newest values, unless somebody points at others
    charts.filter(each => each[0].cursor.left < 0).forEach(each => each[0].setLegend({idx: each[0].data[0].length - 1}));
  }

  function showUnlessPaused() {
    if (last && pause.getAttribute('aria-pressed') === 'false') {
      show();
    }
  }

  function keep(sample) {
    samples.set(second(sample), sample);
    if (!last || second(sample) > second(last)) {
      last = sample;
    }
  }

  // what the gateway remembers: the beginning of the page, and what a stream that was cut has missed
  async function remember() {
    const answer = await fetch(live.dataset.history + '?seconds=' + span.value);
    if (answer.redirected) {
      location.reload(); // the session is over
    } else if (answer.ok) {
      const told = await answer.json();
      if (told.step !== step) {
        step = told.step;
        samples.clear();
      }
      told.items.forEach(keep);
      showUnlessPaused();
    }
  }

  function take(sample) {
    if (step === 1) {
      keep(sample);
      [...samples.keys()].filter(time => time <= second(last) - Number(span.value)).forEach(time => samples.delete(time));
      showUnlessPaused();
    } else {
      last = sample;
      if (second(sample) % step === 0) {
        remember();
      } else {
        showUnlessPaused();
      }
    }
  }

  listen(live.dataset.stream, 'sample', take, remember);
  span.addEventListener('change', remember);
  pause.addEventListener('click', () => {
    pause.setAttribute('aria-pressed', String(pause.getAttribute('aria-pressed') === 'false'));
    showUnlessPaused();
  });
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', build);
  window.addEventListener('resize', build);
}
