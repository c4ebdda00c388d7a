package dev.stampede.propose;

import dev.stampede.account.AccountId;
import dev.stampede.account.CachedAccount;
import dev.stampede.account.Image;
import dev.stampede.account.LedgerSnapshot;
import dev.stampede.account.Operation;
import dev.stampede.account.Proposal;
import dev.stampede.account.Signature;
import dev.stampede.account.TargetFacts;
import dev.stampede.redis.RedisConfig;
import dev.stampede.redis.RedisRouter;
import dev.stampede.redis.RedisUnavailable;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Asks Redis: one call of the Lua library (resources/lua) decides an operation on the account's image. Whatever Redis
 * replies is only a proposal: Postgres judges it.
 *
 * <p>Used from one event loop. Calls fail with {@link RedisUnavailable} if Redis does not answer; a call that was sent
 * may have been executed.
 */
public final class Proposer {
    /** The minimum time before Postgres is asked again for a secret that it did not have. */
    private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

    private static final Duration TICKET = Duration.ofSeconds(60);
    private static final Duration MARK = Duration.ofHours(1);
    /** Of what belongs to no account. */
    private static final short LANE_OF_NONE = 0;

    private static final String FREEZES = "stampede:{" + LANE_OF_NONE + "}:freezes:";
    private static final String TOMBSTONE = ",\"tombstone\":\"";

    private final Signature signature = new Signature();
    private final LuaLibrary library = new LuaLibrary();
    private final RedisRouter links;
    private final String ttlMs;
    private String format = Image.FORMAT + " ?";
    private Supplier<Future<Void>> askForSecrets = Future::succeededFuture;
    /** The current request for secrets; null if there is none. */
    private @Nullable Future<Void> asking;

    private long askedNanos = System.nanoTime() - ASK_AGAIN.toNanos();

    /**
     * How many operations of an account are proposed per second, with bursts of the same size.
     *
     * @param nowMs the gateway's time, in ms since the epoch, also for a sandbox
     */
    public record Rate(int perSecond, long nowMs) {}

    public Proposer(Vertx vertx, Context context, RedisOptions redis, RedisConfig config) {
        this.links = new RedisRouter(vertx, context, redis, config, library.functions, AccountId.LANES);
        this.ttlMs = Long.toString(config.imageTtl().toMillis());
    }

    public Future<Void> connect() {
        return links.connect();
    }

    public void close() {
        links.close();
    }

    /** Tells all gateways that API keys have changed; the nodes of a cluster forward it. */
    public Future<Void> tellKeysChanged() {
        return publish(SealNotices.KEYS, "changed");
    }

    /** Tells all gateways what this one has done in a second. */
    public Future<Void> tellLive(String second) {
        return publish(SealNotices.LIVE, second);
    }

    private Future<Void> publish(String channel, String message) {
        Request notice = Request.cmd(Command.PUBLISH).arg(channel).arg(message);
        return send(LANE_OF_NONE, notice).mapEmpty();
    }

    /**
     * Marks a ticket of the account as used, for longer than it is valid; answers false if it was so already. Redis
     * that is emptied in between forgets it.
     */
    public Future<Boolean> useTicket(AccountId account, String nonce) {
        return send(
                        account,
                        Request.cmd(Command.SET)
                                .arg("stampede:{" + account.lane() + "}:ticket:" + nonce)
                                .arg("1")
                                .arg("NX")
                                .arg("EX")
                                .arg(TICKET.toSeconds()))
                .map(reply -> reply != null);
    }

    /**
     * Notes that somebody has sent a code to the account that no gateway has made, and answers whether there were
     * {@code most} different ones within an hour.
     *
     * @param code its hash
     */
    public Future<Boolean> noteInvalidCode(AccountId account, String code, int most) {
        return mark(account.lane(), invalidCodes(account), code, most).map(marks -> marks >= most);
    }

    /** Forgets them. */
    public Future<Void> forgetInvalidCodes(AccountId account, int most) {
        return send(account, ofMarks(Command.DEL, invalidCodes(account), most)).mapEmpty();
    }

    private static String invalidCodes(AccountId account) {
        return account.redisKey() + ":invalid-code:";
    }

    /**
     * Notes that a principal is about to cause a freeze, and answers whether he may: not after {@code most} within an
     * hour.
     */
    public Future<Boolean> noteFreeze(String principal, AccountId account, long nowMs, int most) {
        return mark(LANE_OF_NONE, FREEZES + principal + ':', account.redisKey() + ' ' + nowMs, most)
                .map(marks -> marks <= most);
    }

    /**
     * Puts a mark into a free one of {@code most} places, unless it is in one. Each lasts an hour.
     *
     * @param name of the places, without their numbers
     * @return how many are taken now; {@code most + 1} if none was free
     */
    private Future<Integer> mark(short lane, String name, String mark, int most) {
        return send(lane, ofMarks(Command.MGET, name, most)).compose(there -> {
            List<@Nullable String> marks = new ArrayList<>();
            there.forEach(each -> marks.add(each == null ? null : each.toString()));
            int taken = (int) marks.stream().filter(Objects::nonNull).count();
            int free = marks.indexOf(null);
            if (marks.contains(mark)) {
                return Future.succeededFuture(taken);
            } else if (free < 0) {
                return Future.succeededFuture(most + 1);
            }
            return send(
                            lane,
                            Request.cmd(Command.SET)
                                    .arg(name + free)
                                    .arg(mark)
                                    .arg("NX")
                                    .arg("EX")
                                    .arg(MARK.toSeconds()))
                    // another one took the place meanwhile, so a try has one place less
                    .compose(put -> put == null ? mark(lane, name, mark, most) : Future.succeededFuture(taken + 1));
        });
    }

    private static Request ofMarks(Command command, String name, int most) {
        Request marks = Request.cmd(command);
        for (int number = 0; number < most; number++) {
            marks.arg(name + number);
        }
        return marks;
    }

    /** Whether the Redis of the account can be asked. */
    public boolean up(AccountId account) {
        return links.up(account.lane());
    }

    /** The number of commands that wait for the account's master; 0 if there is only one master. */
    public int waitingOfSeveral(AccountId account) {
        return links.waitingOfSeveral(account.lane());
    }

    public boolean allUp() {
        return links.allUp();
    }

    /** From now on, only images that were loaded from this Postgres are trusted. */
    public void epoch(String epoch) {
        format = Image.FORMAT + " " + epoch;
    }

    /** @param ask asks Postgres for the secrets, and passes them to {@link #secrets} */
    public void askForSecrets(Supplier<Future<Void>> ask) {
        askForSecrets = ask;
    }

    /** Sets the secrets with which operations are signed and signatures of other gateways are checked. */
    public void secrets(List<Signature.Secret> secrets) {
        signature.use(secrets);
    }

    /**
     * Decides an operation.
     *
     * @param id of the proposal, never used before
     * @param tombstone for a void: the id of the tombstone if the voided call has never arrived
     * @param nowMs the time of the decision
     * @param facts of the operation to undo, or null
     * @param rate the limit of the account, or null
     */
    public Future<ProposeReply> propose(
            Operation operation,
            UUID id,
            @Nullable UUID tombstone,
            long nowMs,
            @Nullable TargetFacts facts,
            @Nullable Rate rate,
            boolean dryRun) {
        AccountId account = operation.account();
        return links.send(
                        account.lane(),
                        tag -> limited(
                                rate,
                                call(library.propose, account)
                                        // a dry run is not signed: no gateway may seal it
                                        .arg(
                                                dryRun
                                                        ? operation.text(id, tombstone)
                                                        : signature.signed(account, operation.text(id, tombstone)))
                                        .arg(tag)
                                        .arg(nowMs)
                                        .arg(format)
                                        .arg(facts == null ? "" : facts.text())
                                        .arg(dryRun ? "1" : "0")))
                .compose(reply -> believing(() -> read(operation, facts != null, rate != null, dryRun, reply)));
    }

    private static Request limited(@Nullable Rate rate, Request propose) {
        return rate == null ? propose : propose.arg(rate.perSecond).arg(rate.nowMs);
    }

    /**
     * Reads a reply with signatures of other gateways. An unknown secret may have been created while Postgres could not
     * be asked; therefore Postgres is asked now. If Postgres does not have the secret then, the signature is forged: a
     * new secret is used for signing only two minutes after its creation.
     */
    private <T> Future<T> believing(Supplier<T> read) {
        try {
            return Future.succeededFuture(read.get());
        } catch (UnknownSecret e) {
            if (asking == null) {
                asking = askForSecrets.get();
            }
            return asking.onComplete(asked -> {
                        asking = null;
                        askedNanos = asked.succeeded() ? System.nanoTime() : askedNanos;
                    })
                    .map(v -> read.get());
        }
    }

    /** An operation is signed with a secret that this gateway does not know. */
    private static final class UnknownSecret extends RuntimeException {
        UnknownSecret() {
            super("a signature with an unknown secret", null, false, false);
        }
    }

    private ProposeReply read(Operation operation, boolean facts, boolean limited, boolean dryRun, Response reply) {
        AccountId account = operation.account();
        try {
            String kind = reply.get(0).toString();
            if (!isPossible(kind, operation, facts, limited, dryRun)) {
                throw new IllegalArgumentException("not a reply of the library: " + kind);
            }
            return switch (kind) {
                case "metered" ->
                    new ProposeReply.Metered(
                            Long.parseLong(reply.get(1).toString()),
                            Long.parseLong(reply.get(2).toString()),
                            read(operation, facts, false, dryRun, reply.get(3)));
                case "proposed" -> {
                    int last = reply.size() - 1;
                    if (last == 1) {
                        yield new ProposeReply.Decided(
                                List.of(Proposal.parse(operation, reply.get(1).toString())));
                    }
                    List<Proposal> chain = proposals(account, reply, 1, last, operation);
                    chain.add(Proposal.parse(operation, reply.get(last).toString()));
                    connected(chain);
                    yield new ProposeReply.Decided(chain);
                }
                case "would" ->
                    new ProposeReply.DryRun(
                            Proposal.parse(operation, reply.get(1).toString()));
                case "known", "pending" ->
                    new ProposeReply.KeyUsed(
                            kind.equals("pending"),
                            Long.parseLong(reply.get(1).toString()),
                            UUID.fromString(reply.get(2).toString()),
                            proposals(account, reply, 3, reply.size()));
                case "load" -> new ProposeReply.NotLoaded();
                case "target" -> new ProposeReply.NeedsFacts();
                case "day" ->
                    new ProposeReply.AnotherDay(Long.parseLong(reply.get(1).toString()));
                case "full" -> new ProposeReply.Full(words(reply.get(1)), words(reply.get(2)));
                case "limited" ->
                    new ProposeReply.Limited(Long.parseLong(reply.get(1).toString()));
                case "moved" -> new ProposeReply.FactsStale();
                case "busy" -> new ProposeReply.TooManyUnsealed(proposals(account, reply, 1, reply.size()));
                case "not_enrolled" -> new ProposeReply.NotEnrolled();
                case "step_up" -> new ProposeReply.NeedsMemberCode();
                case "unchanged" ->
                    new ProposeReply.Unchanged(Image.parse(reply.get(1).toString()));
                default ->
                    new ProposeReply.Broken(library.functions.located(
                            reply.get(reply.size() - 1).toString()));
            };
        } catch (IllegalArgumentException e) {
            return new ProposeReply.Broken(String.valueOf(e.getMessage()));
        }
    }

    /** Whether the library can give such a reply to the operation. If it cannot, the reply is not the library's. */
    private static boolean isPossible(
            String kind, Operation operation, boolean facts, boolean limited, boolean dryRun) {
        return switch (kind) {
            case "proposed" -> !dryRun;
            case "would" -> dryRun;
            case "known" -> operation.key() != null;
            case "pending" -> operation.voids() != null;
            case "target" -> operation instanceof Operation.EndOfHold;
            case "moved" -> facts || operation.changesAttributes();
            case "day" -> operation.until() != null;
            case "full" -> operation.mayForget();
            case "metered", "limited" -> limited;
            case "not_enrolled" -> !operation.enrols();
            case "step_up" -> operation.header().presence() != null && operation.memberCode() == null;
            case "unchanged" -> operation instanceof Operation.Enrol || operation instanceof Operation.Lapse;
            default -> true;
        };
    }

    private static Set<String> words(Response text) {
        return Arrays.stream(text.toString().split(" "))
                .filter(word -> !word.isEmpty())
                .collect(Collectors.toSet());
    }

    private List<Proposal> proposals(AccountId account, Response reply, int from, int to) {
        return proposals(account, reply, from, to, null);
    }

    /** @param own this gateway's operation after them, which needs no signature; null if there is none */
    private List<Proposal> proposals(AccountId account, Response reply, int from, int to, @Nullable Operation own) {
        List<Proposal> proposals = new ArrayList<>(to - from + 1);
        Proposal never = null;
        for (int i = from; i < to; i++) {
            String text = reply.get(i).toString();
            Proposal proposal = Proposal.parse(account, text);
            String signed = Proposal.operationOf(text);
            if (never != null
                    && !(voids(proposal.operation(), never) && signed.contains(TOMBSTONE + never.id() + '"'))) {
                throw new IllegalArgumentException("a tombstone without its void");
            }
            never = null;
            if (proposal.operation() instanceof Operation.Tombstone) {
                never = proposal; // made by the library; the void after it names it, and is signed
            } else if (!signed.startsWith("{\"id\":\"" + proposal.id() + '"') || !isSigned(account, signed)) {
                throw new IllegalArgumentException("an operation that no gateway has signed");
            }
            proposals.add(proposal);
        }
        if (never != null && (own == null || !voids(own, never))) {
            throw new IllegalArgumentException("a tombstone without its void");
        }
        connected(proposals);
        return proposals;
    }

    private boolean isSigned(AccountId account, String text) {
        Signature.Mark mark = signature.check(account, text);
        boolean asked = asking == null && System.nanoTime() - askedNanos < ASK_AGAIN.toNanos();
        if (mark == Signature.Mark.UNKNOWN && !asked) {
            throw new UnknownSecret();
        }
        return mark == Signature.Mark.VALID;
    }

    private static boolean voids(Operation operation, Proposal never) {
        return never.operation().key() != null && never.operation().key().equals(operation.voids());
    }

    /** Checks that each rests on the previous one; the Lua library has checked that the last one leads to the image. */
    private static void connected(List<Proposal> chain) {
        for (int i = 1; i < chain.size(); i++) {
            if (!chain.get(i - 1).precedes(chain.get(i))) {
                throw new IllegalArgumentException("unsealed proposals that do not form a chain");
            }
        }
    }

    /**
     * Loads a sealed image into Redis, unless there is one. Answers 0, or the version of an image that was sealed up to
     * a later version and was replaced. In that case more was sealed since the account was read, or Postgres has lost
     * history, or an intruder has edited Redis.
     */
    public Future<Long> load(AccountId account, LedgerSnapshot loaded) {
        Request request = Request.cmd(Command.FCALL)
                .arg(library.load)
                .arg(1)
                .arg(account.redisKey())
                .arg(format)
                .arg(loaded.image().text())
                .arg(loaded.image().version())
                .arg(loaded.image().head().toString())
                .arg(loaded.attributes() == null ? "" : loaded.attributes())
                .arg(ttlMs);
        for (LedgerSnapshot.Key key : loaded.keys()) {
            request.arg(key.key()).arg(key.version()).arg(key.id().toString());
        }
        return send(account, request).map(reply -> Math.max(1, reply.toLong()) - 1);
    }

    /** Tells Redis that the operation and all before it are in Postgres. */
    public Future<Boolean> noteSealed(AccountId account, long version, UUID id) {
        return send(
                        account,
                        call(library.sealed, account)
                                .arg(version)
                                .arg(id.toString())
                                .arg(ttlMs)
                                .arg(SealNotices.channel(account.lane()))
                                .arg(account.program() + ":" + account.id()))
                .map(reply -> reply.toInteger() == 1);
    }

    /**
     * Resets the account to the sealed state, if a refused operation follows directly on it. The operation and all that
     * rest on it are dropped; older data in Redis stays. Answers whether this was done.
     *
     * @param refused the refused operation, identified by version and id
     * @param sealed the account's newest sealed state
     * @param target the operation about which the refused one was wrong, or null: Redis' data on it is dropped, too
     */
    public Future<Boolean> rewind(AccountId account, Proposal refused, LedgerSnapshot sealed, @Nullable UUID target) {
        return send(
                        account,
                        call(library.rewind, account)
                                .arg(format)
                                .arg(refused.decision().version())
                                .arg(refused.id().toString())
                                .arg(sealed.image().text())
                                .arg(sealed.image().version())
                                .arg(sealed.image().head().toString())
                                .arg(sealed.attributes() == null ? "" : sealed.attributes())
                                .arg(ttlMs)
                                .arg(target == null ? "" : target.toString()))
                .map(reply -> reply.toInteger() == 1);
    }

    /** Discards the image if it still contains this operation; answers whether it did. */
    public Future<Boolean> discard(AccountId account, long version, UUID id) {
        return discard(account, version, id, "");
    }

    /** The same, also if the image only records that this operation used this key. */
    public Future<Boolean> discard(AccountId account, long version, UUID id, String key) {
        return send(
                        account,
                        call(library.discard, account)
                                .arg(version)
                                .arg(id.toString())
                                .arg(key))
                .map(reply -> reply.toInteger() == 1);
    }

    /** Discards the image in any case: it cannot be read. */
    public Future<Void> discard(AccountId account) {
        return send(account, Request.cmd(Command.DEL).arg(account.redisKey())).mapEmpty();
    }

    /** Whether Redis has a value for the account, trusted or not, that no newer release has written. */
    public Future<Boolean> replaceable(AccountId account) {
        return send(account, Request.cmd(Command.EXISTS).arg(account.redisKey()))
                .compose(exists -> exists.toInteger() == 0
                        ? Future.succeededFuture(false)
                        : send(
                                        account,
                                        Request.cmd(Command.HGET)
                                                .arg(account.redisKey())
                                                .arg("f"))
                                .map(reply -> reply == null || !isNewer(reply.toString())));
    }

    /** @param format and epoch, as Redis has them; any text, if an intruder has edited it */
    private static boolean isNewer(String format) {
        return format.matches("[0-9]{1,9} .*") && versionOf(format) > Integer.parseInt(Image.FORMAT);
    }

    /**
     * The image as it is in Redis, including unsealed operations; null if there is none, or it cannot be used. Like all
     * methods that only read, it fails with a {@link RedisUnavailable} that {@link RedisUnavailable#isFull} while
     * writes need the connection.
     */
    public Future<@Nullable CachedAccount> peek(AccountId account) {
        Request request = Request.cmd(Command.HMGET)
                .arg(account.redisKey())
                .arg("f")
                .arg("i")
                .arg("s")
                .arg("a");
        return links.read(account.lane(), request).map(reply -> {
            if (reply.get(0) == null
                    || reply.get(1) == null
                    || reply.get(2) == null
                    || !format.equals(reply.get(0).toString())) {
                return null;
            }
            try {
                String sealed = reply.get(2).toString();
                int space = sealed.indexOf(' ');
                Image image = Image.parse(reply.get(1).toString());
                String attributes = reply.get(3) == null ? null : reply.get(3).toString();
                return image.has(attributes) && image.state().isConsistent()
                        ? new CachedAccount(
                                image,
                                Long.parseLong(sealed.substring(0, space)),
                                UUID.fromString(sealed.substring(space + 1)),
                                attributes)
                        : null;
            } catch (IllegalArgumentException | StringIndexOutOfBoundsException e) {
                return null;
            }
        });
    }

    /** Whether Redis has an unsealed operation with this key. */
    public Future<Boolean> holdsUnsealed(AccountId account, String key) {
        return links.read(
                        account.lane(),
                        Request.cmd(Command.HMGET)
                                .arg(account.redisKey())
                                .arg("k:" + key)
                                .arg("s"))
                .map(reply -> {
                    if (reply.get(0) == null || reply.get(1) == null) {
                        return false;
                    }
                    return versionOf(reply.get(0).toString())
                            > versionOf(reply.get(1).toString());
                });
    }

    private static long versionOf(String versionAndId) {
        return Long.parseLong(versionAndId.substring(0, versionAndId.indexOf(' ')));
    }

    /** All unsealed proposals of the account, of any gateway; empty if the account is not loaded. */
    public Future<List<Proposal>> unsealed(AccountId account) {
        return send(account, call(library.unsealed, account).arg(format).arg(""))
                .compose(reply -> reply.size() < 2 || reply.get(0).toString().equals("broken")
                        ? Future.succeededFuture(List.of())
                        : believing(() -> proposals(account, reply, 2, reply.size())));
    }

    private static Request call(String function, AccountId account) {
        return Request.cmd(Command.FCALL).arg(function).arg(1).arg(account.redisKey());
    }

    private Future<Response> send(AccountId account, Request request) {
        return send(account.lane(), request);
    }

    private Future<Response> send(short lane, Request request) {
        return links.send(lane, tag -> request);
    }

    /**
     * Some of the accounts that are in Redis, one master after the other.
     *
     * @param cursor where to continue; "" at first
     */
    public Future<Scanned> scan(String cursor, int count) {
        int space = cursor.indexOf(' ');
        String endpoint = space < 0 ? links.behind("") : cursor.substring(0, space);
        if (endpoint == null) {
            return Future.succeededFuture(new Scanned("", List.of()));
        }
        Request request = Request.cmd(Command.SCAN)
                .arg(space < 0 ? "0" : cursor.substring(space + 1))
                .arg("MATCH")
                .arg("stampede:{*")
                .arg("COUNT")
                .arg(count)
                .arg("TYPE") // there are tickets, too
                .arg("hash");
        return links.sendTo(endpoint, request)
                .map(reply -> {
                    List<AccountId> accounts = new ArrayList<>();
                    for (Response key : reply.get(1)) {
                        String[] parts = key.toString().split(":");
                        if (parts.length == 4 && AccountId.valid(parts[2]) && AccountId.valid(parts[3])) {
                            accounts.add(AccountId.of(parts[2], parts[3]));
                        }
                    }
                    String next = reply.get(0).toString();
                    return new Scanned(next.equals("0") ? behind(endpoint) : endpoint + " " + next, accounts);
                })
                // this one does not answer or is no longer a master: continue with the others
                .otherwise(e -> new Scanned(behind(endpoint), List.of()));
    }

    private String behind(String endpoint) {
        String next = links.behind(endpoint);
        return next == null ? "" : next + " 0";
    }

    /** @param cursor where to continue, "" after the last account */
    public record Scanned(String cursor, List<AccountId> accounts) {}
}
