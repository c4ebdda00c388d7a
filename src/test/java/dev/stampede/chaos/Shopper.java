package dev.stampede.chaos;

import dev.stampede.account.AccountId;
import dev.stampede.chaos.Call.Kind;
import dev.stampede.chaos.Call.Outcome;
import dev.stampede.chaos.Client.Ask;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

/**
 * One seeded client: does one thing after the other on accounts of which some are much more popular than others, and
 * what a till should do where an answer is lost: the same call again, under the same key; a look; a void. Used from one
 * event loop.
 */
final class Shopper {
    private static final int TRIES = 6;
    private static final int REMEMBERED = 20;
    static final int STARS = 10;

    /** Where nobody knows what became of it: whoever gave a gift leaves it at that, and an enrolment has no key. */
    private static final Set<Kind> MAY_BE_VOIDED =
            EnumSet.complementOf(EnumSet.of(Kind.GIFT, Kind.ENROL, Kind.VOID_KEY));

    private final Vertx vertx;
    private final Client client;
    private final int number;
    private final Random random;
    private final boolean ofClub;
    private final AccountId[] accounts;
    private final double[] popularity;
    private final double meanPauseMs;
    private final Deque<Done> done = new ArrayDeque<>();
    private final Deque<Done> holds = new ArrayDeque<>();
    private final Promise<Void> finished = Promise.promise();
    private int keys;
    private volatile boolean stopped;

    private record Done(AccountId account, String key, UUID id, Kind kind, Long points, String said) {}

    Shopper(Vertx vertx, Client client, int number, long seed, int accounts, double meanPauseMs) {
        this.vertx = vertx;
        this.client = client;
        this.number = number;
        this.random = new Random(seed * 1_000_003 + number);
        this.ofClub = number % 3 == 0;
        this.accounts = new AccountId[accounts];
        this.popularity = new double[accounts];
        double sum = 0;
        for (int i = 0; i < accounts; i++) {
            this.accounts[i] = AccountId.of(ofClub ? Club.ID : "demo", "m-" + i);
            sum += 1.0 / (i + 1); // zipf
            popularity[i] = sum;
        }
        this.meanPauseMs = meanPauseMs;
    }

    void start() {
        vertx.setTimer(1 + random.nextInt((int) meanPauseMs + 1), id -> next());
    }

    /** Completes when the last call was answered. */
    Future<Void> stop() {
        stopped = true;
        return finished.future();
    }

    private void next() {
        if (stopped) {
            finished.tryComplete();
            return;
        }
        Ask ask = something();
        if (ask.kind() == Kind.VOID_KEY && ask.voids().endsWith("-never")) {
            // the void of a call that never came, and then it comes
            done(ask, 0)
                    .compose(v -> done(
                            Ask.of(number, Kind.REDEEM, ask.account(), ask.voids())
                                    .points(3L),
                            TRIES - 1))
                    .onComplete(v -> pause());
        } else {
            done(ask, 0).onComplete(v -> pause());
        }
    }

    private void pause() {
        long ms = Math.round(-Math.log(1 - random.nextDouble()) * meanPauseMs);
        vertx.setTimer(Math.max(1, Math.min(ms, 5000)), id -> next());
    }

    private AccountId account() {
        if (!ofClub && random.nextInt(100) < 8) {
            return star();
        }
        double at = random.nextDouble() * popularity[popularity.length - 1];
        int found = Arrays.binarySearch(popularity, at);
        return accounts[Math.min(accounts.length - 1, found >= 0 ? found : -found - 1)];
    }

    /** Of those that get gifts, which makes them unreadable for this release. */
    private AccountId star() {
        return AccountId.of("demo", "star-" + random.nextInt(STARS));
    }

    private Ask said(Ask ask) {
        return ofClub ? Club.said(ask, random) : ask;
    }

    private String key() {
        return "c" + number + "-" + ++keys;
    }

    private Ask something() {
        int dice = random.nextInt(100);
        if (dice < 3 && !ofClub) {
            return random.nextBoolean()
                    ? Ask.of(number, Kind.GIFT, star(), key()).points(1L + random.nextInt(50))
                    : Ask.of(number, Kind.BALANCE, star(), null);
        } else if (dice < 24) {
            return said(Ask.of(number, Kind.EARN, account(), key()).points(1L + random.nextInt(50)));
        } else if (dice < 46) {
            return said(Ask.of(number, Kind.REDEEM, account(), key()).points(1L + random.nextInt(60)));
        } else if (dice < 58) {
            return said(Ask.of(number, Kind.HOLD, account(), key())
                    .points(1L + random.nextInt(30))
                    .ttlSeconds(random.nextInt(4) == 0 ? 1 + random.nextInt(5) : 120));
        } else if (dice < 69) {
            if (holds.isEmpty()) {
                return Ask.of(number, Kind.BALANCE, account(), null);
            }
            // some are kept, to be ended twice
            Done hold = random.nextInt(4) == 0 ? holds.peek() : holds.poll();
            if (random.nextInt(3) == 0) {
                return Ask.of(number, Kind.VOID_HOLD, hold.account, key()).subject(hold.id);
            }
            return Ask.of(number, Kind.CAPTURE, hold.account, key())
                    .subject(hold.id)
                    .points(random.nextBoolean() ? null : Long.valueOf(1 + random.nextInt(30)));
        } else if (dice < 76) {
            if (done.isEmpty()) {
                return Ask.of(number, Kind.BALANCE, account(), null);
            }
            Done past = random.nextInt(3) == 0 ? done.peek() : done.poll();
            Ask all = Ask.of(number, Kind.REVERSE, past.account, key()).subject(past.id);
            return random.nextBoolean() ? all : said(all.points(1L + random.nextInt(20)));
        } else if (dice < 80) {
            if (done.isEmpty()) {
                return Ask.of(number, Kind.ENROL, account(), null);
            }
            Done past = done.peekLast();
            return Ask.of(number, Kind.VOID_KEY, past.account, key()).voids(past.key);
        } else if (dice < 81) {
            return Ask.of(number, Kind.VOID_KEY, account(), key()).voids("c" + number + "-" + ++keys + "-never");
        } else if (dice < 83) {
            return Ask.of(number, Kind.ENROL, account(), null);
        } else if (dice < 84) {
            // an old call once more, as a till does that was away: Redis may have forgotten its key
            Done past = done.peek();
            return past == null || (past.kind != Kind.EARN && past.kind != Kind.REDEEM)
                    ? Ask.of(number, Kind.ENROL, account(), null)
                    : Ask.of(number, past.kind, past.account, past.key)
                            .points(past.points)
                            .said(past.said);
        } else if (dice < 86) {
            Done past = done.peekLast();
            if (past == null || past.kind == Kind.CAPTURE) {
                return Ask.of(number, Kind.ENROL, account(), null);
            }
            return Ask.of(number, past.kind, past.account, past.key)
                    .ttlSeconds(120)
                    .otherPoints(past.points + 1);
        } else if (dice < 88) {
            Done past = done.peekLast();
            return past == null
                    ? Ask.of(number, Kind.BALANCE, account(), null)
                    : Ask.of(number, Kind.BY_KEY, past.account, past.key);
        } else {
            return Ask.of(number, Kind.BALANCE, account(), null);
        }
    }

    /** Sends it until it is answered, at most so often, to any of the gateways. */
    private Future<Void> done(Ask ask, int tried) {
        return client.send(ask, random.nextInt(client.gateways())).compose(call -> {
            if (call.is(Outcome.OK)) {
                remember(ask, call);
            }
            String code = call.told().code();
            boolean away = call.is(Outcome.UNKNOWN)
                    || (call.is(Outcome.REFUSED) && (isPassing(code) || code.equals(Client.OF_A_NEWER_RELEASE)));
            if (!away || ask.kind().reads()) {
                return Future.succeededFuture();
            }
            if (tried + 1 < TRIES && !stopped) {
                return wait(200 + random.nextInt(800)).compose(v -> look(ask)).compose(v -> done(ask, tried + 1));
            }
            return call.is(Outcome.UNKNOWN) && MAY_BE_VOIDED.contains(ask.kind()) && !ask.other()
                    ? giveUp(ask)
                    : Future.succeededFuture();
        });
    }

    /** Whether the same call may be answered otherwise in a moment. */
    static boolean isPassing(String code) {
        return code.equals("unavailable") || code.equals("overloaded") || code.equals("connection_refused");
    }

    /** Perhaps first asks what became of it. */
    private Future<Void> look(Ask ask) {
        if (ask.key() == null || random.nextInt(3) > 0) {
            return Future.succeededFuture();
        }
        return client.send(Ask.of(number, Kind.BY_KEY, ask.account(), ask.key()), random.nextInt(client.gateways()))
                .mapEmpty();
    }

    /** Nobody knows: voided by its key, once, or left at that. */
    private Future<Void> giveUp(Ask ask) {
        if (random.nextBoolean()) {
            return Future.succeededFuture();
        }
        return client.send(
                        Ask.of(number, Kind.VOID_KEY, ask.account(), key()).voids(ask.key()),
                        random.nextInt(client.gateways()))
                .mapEmpty();
    }

    private Future<Void> wait(int ms) {
        Promise<Void> over = Promise.promise();
        vertx.setTimer(ms, id -> over.complete());
        return over.future();
    }

    private void remember(Ask ask, Call call) {
        if (call.told().operation() == null || ask.kind().reads() || ask.other()) {
            return;
        }
        Done past = new Done(ask.account(), ask.key(), call.told().operation(), ask.kind(), ask.points(), ask.said());
        if (ask.kind() == Kind.HOLD) {
            holds.add(past);
        }
        if (ask.kind() == Kind.HOLD
                || ask.kind() == Kind.EARN
                || ask.kind() == Kind.REDEEM
                || ask.kind() == Kind.CAPTURE) {
            done.add(past);
        }
        if (holds.size() > REMEMBERED) {
            holds.poll();
        }
        if (done.size() > REMEMBERED) {
            done.poll();
        }
    }
}
