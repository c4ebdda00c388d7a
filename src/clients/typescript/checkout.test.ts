import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { HoldStateEnum } from './generated';
import { OutcomeUnknownError, ProblemError, Stampede } from './stampede';

const url = process.env.GATEWAY ?? '';
const token = () => process.env.KEY ?? '';
const program = 'demo';
const account = `typescript-${randomUUID()}`;
const statuses: number[] = [];
let losing = 0;

/** A network that loses the next answers, as often as `losing` says. */
const network: typeof fetch = async (input, init) => {
  const answer = await fetch(input, init);
  if (losing > 0) {
    losing--;
    throw new TypeError('the answer was lost');
  }
  statuses.push(answer.status);
  return answer;
};

const stampede = new Stampede({ url, token, fetch: network });
const { accounts, points } = stampede;

test('a member earns, holds and redeems', async () => {
  const enrolled = await accounts.enrolAccount({ program, account, enrolRequest: { attributes: { name: 'Zoe' } } });
  assert.deepEqual(enrolled.attributes, { name: 'Zoe' });

  const earnRequest = { amount: '42.50', currency: 'EUR' };
  const earn = { program, account, idempotencyKey: Stampede.newKey(), earnRequest };
  losing = 1;
  const earned = await points.earnPoints(earn);
  assert.equal(earned.points, 42);
  assert.equal(statuses.at(-1), 200, 'it was done by the call whose answer was lost');
  assert.equal((await points.earnPoints(earn)).id, earned.id);

  const redeemed = await points.redeemPoints({
    program, account, idempotencyKey: Stampede.newKey(), redeemRequest: { points: 12 },
  });
  assert.equal(redeemed.balance?.available, 30);
  const hold = await points.holdPoints({
    program, account, idempotencyKey: Stampede.newKey(), holdRequest: { points: 10 },
  });
  assert.equal(hold.hold?.state, HoldStateEnum.Held);
  assert.equal(typeof hold.hold?.expiresAt, 'string');
});

test('a decline is a typed problem', async () => {
  const declined = points.redeemPoints({
    program, account, idempotencyKey: Stampede.newKey(), redeemRequest: { points: 31 },
  });
  await assert.rejects(declined, (e: unknown) => {
    assert.ok(e instanceof ProblemError);
    assert.equal(e.code, 'insufficient_points');
    assert.equal(e.status, 422);
    assert.equal(e.retryable, false);
    return true;
  });
});

test('an outcome that is not known has the key with which it is found out', async () => {
  const hasty = new Stampede({ url, token, fetch: network, attempts: 1 });
  const idempotencyKey = Stampede.newKey();
  losing = 1;
  const lost = hasty.points.earnPoints({ program, account, idempotencyKey, earnRequest: { points: 1 } });
  await assert.rejects(lost, (e: unknown) => {
    assert.ok(e instanceof OutcomeUnknownError);
    assert.equal(e.key, idempotencyKey);
    return true;
  });
  await points.voidCall({ program, account, idempotencyKey: Stampede.newKey(), voidRequest: { key: idempotencyKey } });
});

test('an account that has not changed is not sent again', async () => {
  const first = await stampede.account(program, account);
  const again = await stampede.account(program, account);
  assert.equal(statuses.at(-1), 304);
  assert.deepEqual(again, first);
});

test('the history is read to its end', async () => {
  const types: string[] = [];
  for await (const operation of stampede.allOperations({ program, account, limit: 2 })) {
    types.push(operation.type);
  }
  assert.deepEqual(types, ['void', 'earn', 'hold', 'redeem', 'earn', 'enrol']);
});

test('the stream tells of changes, and goes on after the last event', async () => {
  const end = new AbortController();
  const seen: number[] = [];
  let last: string | undefined;
  for await (const { id, balance } of stampede.balances(program, account, end.signal)) {
    seen.push(balance.available);
    last = id;
    if (seen.length === 1) {
      await points.earnPoints({
        program, account, idempotencyKey: Stampede.newKey(), earnRequest: { points: 5 },
      });
    } else {
      end.abort();
    }
  }
  assert.deepEqual(seen, [20, 25]);

  const next = new AbortController();
  const later = new Promise(resolve => setTimeout(resolve, 500)).then(() => points.earnPoints({
    program, account, idempotencyKey: Stampede.newKey(), earnRequest: { points: 1 },
  }));
  for await (const { balance } of stampede.balances(program, account, next.signal, last)) {
    assert.equal(balance.available, 26, 'the state of the last event is not sent again');
    next.abort();
  }
  await later;
});

test('a ticket opens the stream without a header', async () => {
  const answer = await fetch(await stampede.ticketUrl(program, account));
  assert.equal(answer.status, 200);
  await answer.body?.cancel();
});
