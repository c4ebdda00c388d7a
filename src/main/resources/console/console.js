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

// The account's own stream: another version than the one that is shown has the parts of the page asked for again.
const balance = document.getElementById('balance');
if (balance && balance.dataset.events) {
  const events = new EventSource(balance.dataset.events);
  events.addEventListener('balance', event => {
    const shown = document.getElementById('balance');
    if (shown && String(JSON.parse(event.data).version) !== shown.dataset.version) {
      document.body.dispatchEvent(new CustomEvent('redraw'));
    }
  });
  window.addEventListener('pagehide', () => events.close());
}

// Live: the samples of the last minutes, drawn again each second. A gap is a second of which nothing was heard.
const live = document.getElementById('live');
if (live) {
  const types = ['earn', 'redeem', 'hold', 'capture', 'reverse'];
  const language = document.documentElement.lang;
  const pause = document.getElementById('pause');
  const span = document.getElementById('span');
  const seal = document.getElementById('chart-seal');
  let samples = [];
  let charts = [];

  const of = (sample, type) => sample.operations.find(each => each.type === type);
  const done = each => each ? each.done + each.repeated + each.declined : 0;
  const rate = sample => sample.operations.reduce((sum, each) => sum + done(each), 0) / sample.seconds;
  const second = sample => Date.parse(sample.at) / 1000;
  const number = (value, digits) => value === null || value === undefined ? '-'
    : value.toLocaleString(language, {maximumFractionDigits: digits});

  // a canvas knows no light-dark(): the browser resolves the colours of elements
  function colour(name) {
    const probe = document.body.appendChild(document.createElement('span'));
    probe.className = name;
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  }

  function data(values) {
    return [samples.map(second), ...values.map(value => samples.map(value))];
  }

  const ofTypes = () => data(types.map(type => sample => done(of(sample, type)) / sample.seconds));
  const ofSeal = () => data([sample => sample.p99Ms, sample => sample.sealLagP99Ms, sample => sample.sealQueue]);

  function chart(element, labels, values) {
    const grid = {stroke: colour('grid'), width: 1};
    const axis = {stroke: colour('ink'), grid, ticks: grid};
    const series = labels.map((label, i) => ({
      label, stroke: colour(i ? 'series-' + (i + 1) : 'series'), width: 2, value: (u, v) => number(v, 1)}));
    const time = seconds => new Date(seconds * 1000).toLocaleTimeString(language);
    element.replaceChildren();
    return new uPlot({
      width: element.clientWidth, height: 220, cursor: {drag: {x: false, y: false}},
      series: [{value: (u, v) => v === null ? '-' : time(v)}, ...series],
      axes: [{...axis, values: (u, all) => all.map(time), space: 90}, {...axis, size: 60}],
    }, values, element);
  }

  function build() {
    charts.forEach(each => each[0].destroy());
    const labels = [seal.dataset.p99, seal.dataset.lag, seal.dataset.queue];
    charts = [
      [chart(document.getElementById('chart-operations'), types, ofTypes()), ofTypes],
      [chart(seal, labels, ofSeal()), ofSeal],
    ];
  }

  function tile(name, text) {
    live.querySelector('[data-tile="' + name + '"]').textContent = text;
  }

  function upOrDown(name, up) {
    const shown = live.querySelector('[data-tile="' + name + '"]');
    shown.textContent = up ? shown.dataset.yes : shown.dataset.no;
  }

  function show(sample) {
    const minute = samples.filter(each => second(each) > second(sample) - 60);
    const sum = value => minute.reduce((all, each) => all + value(each), 0);
    const all = sum(each => each.operations.reduce((n, type) => n + done(type), 0));
    const declined = sum(each => each.operations.reduce((n, type) => n + type.declined, 0));
    tile('rate', number(rate(sample), 0));
    ['p99Ms', 'sealLagP99Ms', 'sealQueue'].forEach(name => tile(name, number(sample[name], 1)));
    tile('earned', number(sum(each => each.earned), 0));
    tile('redeemed', number(sum(each => each.redeemed), 0));
    tile('declined', all ? number(100 * declined / all, 1) + ' %' : '-');
    tile('refused', number(sample.rateLimited + sample.unavailable + sample.errors, 0));
    tile('gateways', sample.gateways + ' / ' + sample.gatewaysAlive);
    upOrDown('redisUp', sample.redisUp);
    upOrDown('postgresUp', sample.postgresUp);
    document.getElementById('live-budgets').replaceChildren(...sample.budgets.map(budget => {
      const line = document.createElement('li');
      const bar = document.createElement('meter');
      bar.max = budget.total;
      bar.value = budget.left;
      const text = budget.program + ' / ' + budget.budget + ': ' + number(budget.left, 0) + ' / '
        + number(budget.total, 0) + ' ';
      bar.setAttribute('aria-label', text);
      line.append(text, bar);
      return line;
    }));
    document.getElementById('live-table').replaceChildren(...samples.slice(-10).reverse().map(each => {
      const row = document.createElement('tr');
      const cells = [rate(each), each.p99Ms, each.sealLagP99Ms, each.sealQueue, each.earned, each.redeemed];
      const at = document.createElement('th');
      at.scope = 'row';
      at.textContent = new Date(each.at).toLocaleTimeString(language);
      row.append(at, ...cells.map(value => {
        const cell = document.createElement('td');
        cell.className = 'number';
        cell.textContent = number(value, 1);
        return cell;
      }));
      return row;
    }));
    charts.forEach(each => each[0].setData(each[1]()));
  }

  function take(sample) {
    samples = samples.filter(each => second(each) !== second(sample)
      && second(each) > second(sample) - Number(span.value));
    samples.push(sample);
    if (pause.getAttribute('aria-pressed') === 'false') {
      show(sample);
    }
  }

  async function begin() {
    const answer = await fetch(live.dataset.history + '?seconds=' + span.value);
    if (answer.ok) {
      samples = (await answer.json()).items;
      build();
      if (samples.length) {
        show(samples[samples.length - 1]);
      }
    }
  }

  begin().then(() => {
    const stream = new EventSource(live.dataset.stream);
    stream.addEventListener('sample', event => take(JSON.parse(event.data)));
    window.addEventListener('pagehide', () => stream.close());
  });
  span.addEventListener('change', begin);
  pause.addEventListener('click', () =>
    pause.setAttribute('aria-pressed', String(pause.getAttribute('aria-pressed') === 'false')));
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', build);
  window.addEventListener('resize', build);
}
