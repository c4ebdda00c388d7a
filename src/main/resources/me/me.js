// The member's page: a demo for those who make apps. It calls the API as any app does, with a member's token.
'use strict';

const TEXTS = {
  en: {
    signIn: 'Sign in', signOut: 'Sign out', programId: 'Program', token: "Member's token",
    signInNote: 'This page stands for the app of a program. The token is kept for as long as this tab is open.',
    code: 'Show at the till', codeNote: 'It changes each minute.', noCode: 'There is no code without a connection.',
    rewards: 'Rewards', expiries: 'When points expire', history: 'History', older: 'Older',
    live: 'live', asOf: age => `as of ${age}`, now: 'just now',
    worth: money => `worth ${money}`, from: points => `from ${points} on`,
    held: points => `${points} in a checkout`, pending: points => `${points} to come`, debt: points => `${points} owed`,
    toTier: (missing, tier, by) => `${missing} to ${tier}${by ? ` by ${by}` : ''}`,
    or: ' or ', and: ' and ', until: date => `until ${date}`, always: 'for ever',
    away: (reward, points) => `${reward} is ${points} away`, gift: 'a gift', yours: 'you can have it',
    missing: points => `${points} more`, notNow: 'not now', soldOut: 'none left',
    expire: date => `expire on ${date}`, never: 'never expire', availableOn: date => `from ${date}`,
    noPoints: 'No points yet.', noRewards: 'There are no rewards.', noHistory: 'Nothing has happened yet.', why: 'Why?',
    enrol: 'Welcome', earn: 'Purchase', redeem: 'Paid with points', checkout: 'Checkout',
    checkoutOpen: 'Checkout, not finished yet', checkoutEnded: 'Checkout, cancelled', void: 'Cancelled',
    reverse: 'Refund', adjust: 'Correction', expired: 'Points expired', mature: 'Points became available',
    released: 'Checkout was not finished: points returned', freeze: 'Account paused', unfreeze: 'Account open again',
    close: 'Account closed', grant: 'Status given', other: 'Change',
    frozen: 'This account is paused.', closed: 'This account is closed.',
    offline: 'No connection. This is the last known state.',
    ended: 'Your sign-in has ended. Sign in again to see the present state.',
    refused: 'The gateway did not accept this token.', notFound: 'There is no such member in this program.',
    noToken: 'That is no token of a member.', failed: detail => `That did not work: ${detail}`,
  },
  de: {
    signIn: 'Anmelden', signOut: 'Abmelden', programId: 'Programm', token: 'Token des Mitglieds',
    signInNote: 'Diese Seite steht für die App eines Programms. Das Token bleibt, solange dieser Tab offen ist.',
    code: 'An der Kasse zeigen', codeNote: 'Er wechselt jede Minute.', noCode: 'Ohne Verbindung gibt es keinen Code.',
    rewards: 'Prämien', expiries: 'Wann Punkte verfallen', history: 'Verlauf', older: 'Ältere',
    live: 'live', asOf: age => `Stand ${age}`, now: 'gerade eben',
    worth: money => `${money} wert`, from: points => `ab ${points}`,
    held: points => `${points} in einem Einkauf`, pending: points => `${points} kommen noch`,
    debt: points => `${points} Rückstand`,
    toTier: (missing, tier, by) => `noch ${missing} bis ${tier}${by ? `, bis zum ${by}` : ''}`,
    or: ' oder ', and: ' und ', until: date => `bis ${date}`, always: 'für immer',
    away: (reward, points) => `${reward}: noch ${points}`, gift: 'geschenkt', yours: 'jetzt zu haben',
    missing: points => `noch ${points}`, notNow: 'zurzeit nicht', soldOut: 'vergriffen',
    expire: date => `verfallen am ${date}`, never: 'verfallen nie', availableOn: date => `ab ${date}`,
    noPoints: 'Noch keine Punkte.', noRewards: 'Es gibt keine Prämien.', noHistory: 'Noch ist nichts geschehen.',
    why: 'Warum?',
    enrol: 'Willkommen', earn: 'Einkauf', redeem: 'Mit Punkten bezahlt', checkout: 'Einkauf mit Punkten',
    checkoutOpen: 'Einkauf mit Punkten, noch offen', checkoutEnded: 'Einkauf mit Punkten, abgebrochen',
    void: 'Storniert', reverse: 'Rückgabe', adjust: 'Korrektur', expired: 'Punkte verfallen',
    mature: 'Punkte sind verfügbar', released: 'Einkauf nicht beendet: Punkte zurück', freeze: 'Konto ruht',
    unfreeze: 'Konto wieder offen', close: 'Konto geschlossen', grant: 'Status verliehen', other: 'Änderung',
    frozen: 'Dieses Konto ruht.', closed: 'Dieses Konto ist geschlossen.',
    offline: 'Keine Verbindung. Das ist der letzte bekannte Stand.',
    ended: 'Die Anmeldung ist abgelaufen. Melden Sie sich wieder an, um den jetzigen Stand zu sehen.',
    refused: 'Der Server hat dieses Token nicht angenommen.', notFound: 'Das Programm hat kein solches Mitglied.',
    noToken: 'Das ist kein Token eines Mitglieds.', failed: detail => `Das ging nicht: ${detail}`,
  },
};

const LANGUAGE = navigator.language.startsWith('de') ? 'de' : 'en';
/** For numbers and dates: with the region, if the language is one of ours. */
const LOCALE = navigator.language.startsWith(LANGUAGE) ? navigator.language : LANGUAGE;
const T = TEXTS[LANGUAGE];
const NEVER = '9999-12-31';
const STATE = 'stampede-me';
const SESSION = 'stampede-me-token';
const CODE_MS = 55_000; // a code is valid for 60 s
const AGAIN_MS = 5_000;
const PAGE = 30;

const $ = id => document.getElementById(id);

/** What is shown, also without a connection: never the token. */
let state = JSON.parse(localStorage.getItem(STATE) ?? 'null');
/** `{token, program, account}`, in this tab alone. */
let session = JSON.parse(sessionStorage.getItem(SESSION) ?? 'null');
let stream = null;
/** Of the last event of this stream; one below it takes back what was never committed. */
let streamed = -1;
/** Whether `state` is of this visit: until then any answer replaces it. */
let isFresh = false;
let timers = {};

class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? `HTTP ${status}`);
    this.status = status;
  }
}

// --- calls ---

async function api(path, options = {}) {
  const answer = await fetch(`/v1/programs/${encodeURIComponent(session.program)}${path}`, {
    ...options, headers: { Authorization: `Bearer ${session.token}`, ...options.headers },
  });
  if (!answer.ok) {
    throw new Refused(answer.status, await answer.json().catch(() => ({})));
  }
  return answer.json();
}

const own = () => `/accounts/${encodeURIComponent(session.account)}`;

/** Takes a state of the account unless what is shown is newer: a slow answer takes nothing back. */
function take(account, isTakenBack = false) {
  if (isFresh && account.version < state.account.version && !isTakenBack) {
    return false;
  }
  const { status, attributes } = (isFresh && state.account) || {}; // events do not have them
  state = { ...state, account: { status, attributes, ...account }, at: Date.now() };
  isFresh = true;
  return true;
}

/** Reads everything: at the beginning, and when the connection is back. */
async function load() {
  const [program, account] = await Promise.all([api(''), api(own())]);
  const isFirst = !isFresh;
  state = { ...state, offer: program, member: session.account, program: session.program };
  take(account);
  await loadRest(isFirst);
}

/** What a change of the balance may change, too. */
async function loadRest(isFirst = false) {
  const [rewards, lots, page] = await Promise.all([
    api(`/rewards?account=${encodeURIComponent(session.account)}`),
    api(`${own()}/lots`),
    api(`${own()}/operations?limit=${PAGE}`),
  ]);
  state.rewards = rewards.items;
  state.lots = lots.items;
  // older ones that were paged back to stay, where there is no gap before them
  const joint = isFirst ? -1 : state.operations.findIndex(each => each.id === page.items.at(-1)?.id);
  state.operations = [...page.items, ...(joint < 0 ? [] : state.operations.slice(joint + 1))];
  state.cursor = joint < 0 ? page.cursor : state.cursor;
  localStorage.setItem(STATE, JSON.stringify({ ...state, operations: page.items }));
  show();
}

// --- the connection: what is read, the stream, the code ---

async function connect() {
  disconnect();
  if (!session) {
    return;
  }
  try {
    await load();
    trouble('');
    await listen();
    await code();
  } catch (e) {
    lost(e);
  }
}

function disconnect() {
  stream?.close();
  stream = null;
  streamed = -1;
  Object.values(timers).forEach(clearTimeout);
  timers = {};
}

/** The browser's EventSource sends no header: it begins with a ticket, and so does each that follows it. */
async function listen() {
  const { ticket } = await api(`${own()}/stream-tickets`, { method: 'POST' });
  const url = `/v1/programs/${encodeURIComponent(session.program)}${own()}/events?ticket=${encodeURIComponent(ticket)}`;
  const opened = new EventSource(url);
  stream = opened;
  opened.addEventListener('balance', event => {
    const balance = JSON.parse(event.data);
    const isTakenBack = balance.version < streamed;
    streamed = balance.version;
    if (take(balance, isTakenBack)) {
      show();
      clearTimeout(timers.rest);
      timers.rest = setTimeout(() => loadRest().catch(lost), 500);
    }
  });
  opened.addEventListener('open', showAge);
  opened.addEventListener('error', () => {
    if (stream === opened) {
      lost(new TypeError('the stream has ended'), 1_000);
    }
  });
}

function lost(e, afterMs = AGAIN_MS) {
  disconnect();
  $('qr').hidden = true;
  $('code-note').textContent = T.noCode;
  if (e instanceof Refused && e.status === 401) {
    end();
    trouble(state ? T.ended : T.refused);
  } else if (e instanceof Refused && e.status === 404) {
    end();
    trouble(T.notFound);
  } else {
    if (!navigator.onLine || !(e instanceof Refused)) {
      timers.trouble = setTimeout(() => trouble(T.offline), afterMs === AGAIN_MS ? 0 : 3_000);
    } else {
      trouble(T.failed(e.message));
    }
    timers.again = setTimeout(connect, afterMs);
  }
  show();
}

async function code() {
  clearTimeout(timers.code);
  if (document.hidden) {
    return; // a code is made when somebody looks
  }
  const { qr } = await api(`${own()}/codes?qr=true`, { method: 'POST' });
  $('qr').src = `data:image/svg+xml,${encodeURIComponent(qr)}`;
  $('qr').alt = T.code;
  $('qr').hidden = false;
  $('code-note').textContent = T.codeNote;
  timers.code = setTimeout(() => code().catch(lost), CODE_MS);
}

// --- signing in and out ---

/** The token says whose account it is for. */
function begin(token, program, account) {
  const claims = claimsOf(token);
  const of = account ?? claims?.stampede_account ?? claims?.sub;
  if (!of) {
    trouble(T.noToken);
    return;
  }
  session = { token, program, account: of };
  sessionStorage.setItem(SESSION, JSON.stringify(session));
  if (state && (state.member !== of || state.program !== program)) {
    forget();
  }
  isFresh = false;
  trouble('');
  show();
  void connect();
}

function claimsOf(token) {
  try {
    const payload = token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/');
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payload), each => each.charCodeAt(0))));
  } catch {
    return null;
  }
}

/** The state stays to be looked at. */
function end() {
  disconnect();
  session = null;
  sessionStorage.removeItem(SESSION);
}

function forget() {
  state = null;
  isFresh = false;
  localStorage.removeItem(STATE);
}

// --- what is shown ---

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text ?? '';
  if (className) {
    made.className = className;
  }
  return made;
}

const number = value => new Intl.NumberFormat(LOCALE).format(value);

function points(value) {
  const names = state.offer.points;
  return `${number(value)} ${Math.abs(value) === 1 ? names.one : names.other}`;
}

const money = value =>
  new Intl.NumberFormat(LOCALE, { style: 'currency', currency: state.offer.currency }).format(value);

/** A day of the program's, not an instant: it is the same everywhere. */
const day = text => new Intl.DateTimeFormat(LOCALE, {
  day: 'numeric', month: 'long', timeZone: 'UTC',
  ...(text.slice(0, 4) === String(new Date().getFullYear()) ? {} : { year: 'numeric' }),
}).format(new Date(`${text}T00:00:00Z`));

const moment = text =>
  new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(text));

function age(ms) {
  const seconds = Math.round((Date.now() - ms) / 1000);
  const unit = seconds < 60 ? null
    : seconds < 3600 ? ['minute', 60] : seconds < 86400 ? ['hour', 3600] : ['day', 86400];
  return unit ? new Intl.RelativeTimeFormat(LOCALE).format(-Math.floor(seconds / unit[1]), unit[0]) : T.now;
}

function trouble(text) {
  $('trouble').textContent = text;
  $('trouble').hidden = text === '';
}

function showAge() {
  const isLive = stream?.readyState === EventSource.OPEN;
  const text = !state?.account ? '' : isLive ? T.live : T.asOf(age(state.at));
  if ($('age').textContent !== text) {
    $('age').textContent = text;
  }
}

function show() {
  const isKnown = Boolean(state?.account && state.offer && state.operations);
  $('sign-in').hidden = session !== null;
  $('member').hidden = !isKnown;
  $('code').hidden = session === null;
  showAge();
  if (!isKnown) {
    return;
  }
  document.title = $('program').textContent = state.offer.name;
  showCard(state.account);
  showRewards();
  showExpiries();
  showHistory();
}

function showCard(account) {
  $('points').textContent = points(account.available);
  $('worth').textContent = worth(account.available);
  const aside = [];
  if (account.held > 0) aside.push(T.held(points(account.held)));
  if (account.pending > 0) aside.push(T.pending(points(account.pending)));
  if (account.debt > 0) aside.push(T.debt(points(account.debt)));
  if (account.status === 'closed') aside.push(T.closed);
  if (account.status?.endsWith('frozen')) aside.push(T.frozen);
  $('aside').textContent = aside.join(' · ');
  const tier = account.tier;
  $('ring').hidden = !tier;
  $('next-tier').textContent = '';
  if (tier) {
    $('tier').textContent = tier.name;
    $('ring').querySelector('.done').setAttribute('stroke-dasharray', `${Math.round(100 * share(account))} 100`);
    $('ring').querySelector('.done').setAttribute('visibility', share(account) > 0 ? 'visible' : 'hidden');
    const next = tier.next;
    if (next) {
      const missing = next.missing.filter(each => Number(each.missing) > 0).map(each => amount(each.missing));
      const by = next.by && day(next.by);
      $('next-tier').textContent = T.toTier(missing.join(next.of === 'any' ? T.or : T.and), tierName(next.id), by);
    } else {
      $('next-tier').textContent = tier.until ? T.until(day(tier.until)) : '';
    }
  }
  const next = account.nextReward;
  $('next-reward').textContent = next ? T.away(rewardName(next.reward), points(next.missing)) : '';
}

/** Money of a measure is a text, and anything else a number. */
const amount = value => typeof value === 'string' ? money(value) : number(value);

const tierName = id => state.offer.tiers.find(each => each.id === id)?.name ?? id;

const rewardName = id => [...state.rewards, ...state.offer.rewards].find(each => each.id === id)?.name ?? id;

/** How much of the way to the next tier is done, from 0 to 1. */
function share(account) {
  const next = account.tier.next;
  if (!next) {
    return 1;
  }
  const shares = next.missing.map(({ measure, missing }) => {
    const has = Number(account.measures?.[measure] ?? 0);
    return Number(missing) <= 0 ? 1 : has / (has + Number(missing));
  });
  return next.of === 'any' ? Math.max(...shares) : Math.min(...shares);
}

/** What the points pay, by the first rule that holds now. */
function worth(available) {
  const clock = new Intl.DateTimeFormat('sv-SE', {
    dateStyle: 'short', timeStyle: 'short', timeZone: state.offer.timeZone,
  }).format(new Date()).replace(' ', 'T');
  const tier = state.account.tier?.id;
  const rule = state.offer.redeem.find(each => (!each.from || each.from <= clock) && (!each.to || clock < each.to)
    && (each.tiers.length === 0 || each.tiers.includes(tier)));
  if (!rule) {
    return '';
  }
  if (available < rule.minimum) {
    return T.from(points(rule.minimum));
  }
  const usable = available - available % rule.step;
  return usable > 0 ? T.worth(money(usable * Number(rule.value) / rule.points)) : '';
}

function fill(list, rows, nothing) {
  list.replaceChildren(...(rows.length > 0 ? rows : [element('li', nothing, 'quiet')]));
}

function row(what, value, ...more) {
  const made = element('li');
  made.append(element('span', what), element('span', value, 'number'), ...more);
  return made;
}

function showRewards() {
  const gifts = new Map((state.account.gifts ?? []).map(each => [each.reward, each]));
  fill($('rewards').querySelector('ul'), state.rewards.map(reward => {
    const gift = gifts.get(reward.id);
    const standing = reward.whyNot === 'stock' ? T.soldOut
      : !reward.eligible || !reward.available ? T.notNow
      : reward.affordable ? T.yours : T.missing(points(reward.missing));
    const cost = gift ? T.gift : reward.points == null ? '' : points(reward.points);
    const until = gift ? ` · ${T.until(day(gift.until))}` : '';
    return row(reward.name, cost, element('span', standing + until, 'when'));
  }), T.noRewards);
}

function showExpiries() {
  fill($('expiries').querySelector('ul'), state.lots.map(lot => {
    const when = lot.on === NEVER ? T.never : T.expire(day(lot.on));
    const what = lot.state === 'pending' ? ` · ${T.availableOn(day(lot.availableOn))}`
      : lot.state === 'held' ? ` · ${T.checkout}` : '';
    return row(when + what, points(lot.points));
  }), T.noPoints);
}

function showHistory() {
  const open = new Set([...document.querySelectorAll('#history details[open]')].map(each => each.dataset.operation));
  fill($('history').querySelector('ul'), lines(state.operations).map(line => {
    const sign = line.points > 0 ? '+' : '';
    const value = line.points === 0 ? '' : sign + points(line.points);
    const made = row(line.what, value, element('span', moment(line.at), 'when'));
    if (line.explained) {
      made.append(explanation(line.explained, open.has(line.explained)));
    }
    return made;
  }), T.noHistory);
  $('older').hidden = !state.cursor || !session;
}

/** The history as the member has lived it: a checkout is one line, and what time does has its own. */
function lines(operations) {
  const made = [];
  const ended = new Set(); // the newest come first: the end of a hold before the hold
  for (const each of operations) {
    const by = type => each.entries.filter(entry => entry.type === type).reduce((sum, entry) => sum + entry.points, 0);
    const at = each.createdAt;
    const line = (what, points, explained) => made.push({ what, points, at, explained });
    const where = each.store ?? each.partner;
    const named = text => where ? `${text} · ${where}` : text;
    switch (each.type) {
      case 'capture':
        ended.add(each.hold?.id);
        line(each.reward ? rewardName(each.reward) : named(T.checkout), -(each.hold?.captured ?? 0));
        break;
      case 'hold':
        if (!ended.has(each.id)) {
          const isOpen = new Date(each.hold.expiresAt) > new Date();
          line(isOpen ? T.checkoutOpen : T.checkout, each.points);
        }
        break;
      case 'void':
        if (each.hold) {
          ended.add(each.hold.id);
          line(T.checkoutEnded, 0);
        } else {
          line(T.void, each.points);
        }
        break;
      case 'redeem':
        line(each.reward ? rewardName(each.reward) : named(T.redeem), each.points, each.id);
        break;
      case 'earn':
        line(named(T.earn), each.points + by('payoff'), each.id);
        break;
      case 'adjust':
        line(each.text ?? T.adjust, each.points);
        break;
      case 'lapse':
        break; // only what time has done
      case 'tombstone':
        break;
      default:
        line(T[each.type] ?? T.other, each.points);
    }
    if (by('expire') !== 0) line(T.expired, by('expire'));
    if (by('mature') !== 0) line(T.mature, by('mature'));
    if (!['capture', 'void', 'reverse'].includes(each.type) && by('release') !== 0) line(T.released, by('release'));
  }
  return made;
}

/** Why an operation gave what it gave; read when somebody asks. */
function explanation(operation, isOpen) {
  const details = element('details');
  details.dataset.operation = operation;
  const list = element('ul');
  details.append(element('summary', T.why), list);
  details.addEventListener('toggle', async () => {
    if (!details.open || list.childElementCount > 0 || !session) {
      return;
    }
    try {
      const told = await api(`${own()}/operations/${operation}/explanation`);
      list.append(...told.explanation.filter(each => each.points !== 0 || each.count)
        .map(each => row(each.text ?? each.rule, each.count ? `${each.count}×` : points(each.points))));
    } catch (e) {
      list.append(element('li', e instanceof Refused ? T.failed(e.message) : T.offline));
    }
  });
  details.open = isOpen;
  return details;
}

// --- begin ---

document.documentElement.lang = LANGUAGE;
document.querySelectorAll('[data-text]').forEach(each => { each.textContent = T[each.dataset.text]; });

$('sign-in').addEventListener('submit', event => {
  event.preventDefault();
  const given = new FormData(event.target);
  begin(given.get('token').trim(), given.get('program').trim());
  event.target.elements.token.value = '';
});

$('sign-out').addEventListener('click', () => {
  end();
  forget();
  trouble('');
  document.title = $('program').textContent = 'Stampede';
  show();
});

$('older').addEventListener('click', async () => {
  try {
    const page = await api(`${own()}/operations?limit=${PAGE}&cursor=${encodeURIComponent(state.cursor)}`);
    state.operations.push(...page.items);
    state.cursor = page.cursor;
    showHistory();
  } catch (e) {
    lost(e);
  }
});

addEventListener('online', () => void connect());
addEventListener('offline', () => lost(new TypeError('offline')));
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && session && stream) {
    code().catch(lost);
  }
});
setInterval(showAge, 1_000);

if ('serviceWorker' in navigator) {
  navigator.serviceWorker.register('/me/sw.js', { scope: '/me' }).catch(e => console.warn(`no service worker: ${e}`));
}

// #program=demo&token=eyJ..., by which an app or a command hands the token over; it does not stay in the address
function takeFragment() {
  const given = new URLSearchParams(location.hash.slice(1));
  if (!given.get('token')) {
    return false;
  }
  history.replaceState(null, '', location.pathname);
  begin(given.get('token'), given.get('program') ?? 'demo', given.get('account') ?? undefined);
  return true;
}

addEventListener('hashchange', takeFragment);
if (!takeFragment()) {
  show();
  void connect();
}
