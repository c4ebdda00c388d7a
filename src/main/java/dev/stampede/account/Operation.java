package dev.stampede.account;

import dev.stampede.award.Award;
import dev.stampede.award.Claim;
import dev.stampede.award.MemberState;
import dev.stampede.award.PlainPrice;
import dev.stampede.award.Shared;
import dev.stampede.codec.Gone;
import dev.stampede.codec.LapseRules;
import dev.stampede.points.Grace;
import dev.stampede.points.LocalDay;
import dev.stampede.points.Renewal;
import java.io.IOException;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One operation that is asked of an account. */
public sealed interface Operation {
    Header header();

    OperationType type();

    /**
     * The fields that operations of every type have.
     *
     * @param account the account
     * @param key the {@code Idempotency-Key}, null for operations that no caller can send twice
     * @param fingerprint of type, path and parsed body: detects another body under the same key
     * @param reference the caller's reference, up to 255 characters; null if there is none
     * @param programVersion the version of the program whose rules made the operation; null if none did
     * @param day the day of the decision; null in a program whose days are those of UTC
     * @param renewal what it does for the points that the member has; null for nothing
     * @param gone what the member stops remembering, because no version of the program has it any more; null where
     *     nobody has found out
     * @param by who has asked for it; null where nobody has, or in calls of an earlier release
     * @param presence of a member whose points are spent; null where it does not matter
     */
    record Header(
            AccountId account,
            @Nullable String key,
            @Nullable String fingerprint,
            @Nullable String reference,
            @Nullable Integer programVersion,
            @Nullable LocalDay day,
            @Nullable Renewal renewal,
            @Nullable Gone gone,
            @Nullable By by,
            @Nullable Presence presence) {
        public Header(
                AccountId account,
                @Nullable String key,
                @Nullable String fingerprint,
                @Nullable String reference,
                @Nullable Integer programVersion,
                @Nullable LocalDay day) {
            this(account, key, fingerprint, reference, programVersion, day, null, null, null, null);
        }

        /** The header of an operation that no caller can send twice. */
        public static Header of(AccountId account, @Nullable LocalDay day) {
            return new Header(account, null, null, null, null, day);
        }

        /** The same for an operation that this version of the program has made. */
        public Header under(int version) {
            return new Header(account, key, fingerprint, reference, version, day, renewal, gone, by, presence);
        }

        /** The same for a decision on that day. */
        public Header on(@Nullable LocalDay other) {
            return new Header(account, key, fingerprint, reference, programVersion, other, renewal, gone, by, presence);
        }

        /** The same for an activity of the member. */
        public Header renewing(@Nullable Renewal points) {
            return new Header(account, key, fingerprint, reference, programVersion, day, points, gone, by, presence);
        }

        /** The same for an operation that drops what the member remembers of that. */
        public Header without(Gone names) {
            return new Header(account, key, fingerprint, reference, programVersion, day, renewal, names, by, presence);
        }

        /** The same asked for by them. */
        public Header by(@Nullable By principal) {
            return new Header(
                    account, key, fingerprint, reference, programVersion, day, renewal, gone, principal, presence);
        }

        /** The same for a payment of a member who is there, or not. */
        public Header shown(@Nullable Presence member) {
            return new Header(account, key, fingerprint, reference, programVersion, day, renewal, gone, by, member);
        }

        /** When its days stop being valid, or {@code other} if that is earlier; null for never. */
        private @Nullable Long until(@Nullable Long other) {
            Long until = day == null ? null : Long.valueOf(day.until());
            until = earlier(until, renewal == null ? null : Long.valueOf(renewal.until()));
            return earlier(earlier(until, gone == null ? null : gone.until()), other);
        }

        private static @Nullable Long earlier(@Nullable Long one, @Nullable Long other) {
            if (one == null || other == null) {
                return one == null ? other : one;
            }
            return Long.valueOf(Math.min(one, other));
        }
    }

    /**
     * Enrols a member, and sets the member's attributes; or changes some attributes of a member who is enrolled.
     *
     * @param set null leaves the attributes unchanged; of a change also before Postgres was asked for them
     * @param change makes the attributes of those that there are, a JSON object or null; null where all are replaced
     * @param head the head on which the operation must be decided, null for any
     * @param welcome what a member gets who is not enrolled yet; null where the program's rules know nothing of members
     */
    record Enrol(
            Header header,
            @Nullable Attributes set,
            @Nullable Function<@Nullable String, Attributes> change,
            @Nullable UUID head,
            @Nullable Welcome welcome)
            implements Operation {
        public Enrol(Header header, @Nullable Attributes set, @Nullable UUID head, @Nullable Welcome welcome) {
            this(header, set, null, head, welcome);
        }

        @Override
        public OperationType type() {
            return OperationType.ENROL;
        }

        @Override
        public Operation without(Gone gone) {
            return new Enrol(header.without(gone), set, change, head, welcome);
        }

        @Override
        public @Nullable String attributes() {
            return set == null ? null : set.text();
        }

        @Override
        public boolean changesAttributes() {
            return change != null;
        }

        @Override
        public Operation of(@Nullable String there) {
            return change == null ? this : new Enrol(header, change.apply(there), change, head, welcome);
        }

        @Override
        public @Nullable Award award() {
            return welcome == null ? null : welcome.award;
        }

        @Override
        public Operation sharing(UnaryOperator<Shared> known) {
            return welcome == null
                    ? this
                    : new Enrol(
                            header,
                            set,
                            change,
                            head,
                            new Welcome(welcome.award.sharing(known), welcome.on, welcome.matures, welcome.until));
        }

        @Override
        public @Nullable Long matures() {
            return welcome == null ? null : welcome.matures;
        }

        @Override
        public @Nullable Long until() {
            return header.until(welcome == null ? null : Long.valueOf(welcome.until));
        }

        @Override
        public boolean enrols() {
            return change == null && (set == null || set.before() == null);
        }
    }

    /**
     * What an enrolment is worth.
     *
     * @param on the day of the lot, and the other days, as those of an {@link Earn}
     */
    record Welcome(Award award, long on, @Nullable Long matures, long until) {}

    /**
     * Gives points.
     *
     * @param points the number of points; 0 with an award
     * @param award where the number depends on the member; null where it is known before
     * @param on the day of the lot that the earn creates, in days since 1970-01-01
     * @param matures the day on which the points become available, null for at once
     * @param until when the two days stop being valid, in ms since the epoch: an earn decided at or after this time
     *     gets other days; null for never
     * @param enrols whether the earn may enrol the member
     * @param unique the receipt, if it may be used once; null in other programs, and without a reference
     */
    record Earn(
            Header header,
            long points,
            @Nullable Award award,
            long on,
            @Nullable Long matures,
            @Nullable Long until,
            boolean enrols,
            Receipt receipt,
            @Nullable Unique unique)
            implements Operation {
        public Earn(
                Header header,
                long points,
                @Nullable Award award,
                long on,
                @Nullable Long matures,
                @Nullable Long until,
                boolean enrols,
                Receipt receipt) {
            this(header, points, award, on, matures, until, enrols, receipt, null);
        }

        @Override
        public OperationType type() {
            return OperationType.EARN;
        }

        @Override
        public Operation usedBy(@Nullable UUID operation) {
            if (unique == null || Objects.equals(unique.usedBy(), operation)) {
                return this;
            }
            return new Earn(
                    header, points, award, on, matures, until, enrols, receipt.usedBy(operation), unique.by(operation));
        }

        @Override
        public Operation sharing(UnaryOperator<Shared> known) {
            return award == null
                    ? this
                    : new Earn(header, points, award.sharing(known), on, matures, until, enrols, receipt, unique);
        }

        @Override
        public Operation without(Gone gone) {
            return new Earn(header.without(gone), points, award, on, matures, until, enrols, receipt, unique);
        }

        @Override
        public @Nullable Long until() {
            return header.until(until);
        }
    }

    /**
     * A payment with points whose price depends on the member.
     *
     * @param until when it stops being valid, in ms since the epoch: a decision at or after this time needs another one
     */
    record Claimed(Claim claim, long until) {
        Claimed sharing(UnaryOperator<Shared> known) {
            return new Claimed(claim.sharing(known), until);
        }
    }

    /**
     * Takes points.
     *
     * @param points the number of points; 0 with a claim
     * @param claimed where the number depends on the member; null where it is known before
     * @param plain what they pay for, where it is known before; null with a claim, or if an earlier release asked
     */
    record Redeem(
            Header header,
            long points,
            @Nullable Claimed claimed,
            @Nullable PlainPrice plain,
            Receipt receipt) implements Operation {
        public Redeem(Header header, long points, @Nullable Claimed claimed, Receipt receipt) {
            this(header, points, claimed, null, receipt);
        }

        public Redeem(Header header, long points, Receipt receipt) {
            this(header, points, null, receipt);
        }

        @Override
        public OperationType type() {
            return OperationType.REDEEM;
        }

        @Override
        public Operation sharing(UnaryOperator<Shared> known) {
            return claimed == null ? this : new Redeem(header, points, claimed.sharing(known), plain, receipt);
        }

        @Override
        public Operation without(Gone gone) {
            return new Redeem(header.without(gone), points, claimed, plain, receipt);
        }

        @Override
        public @Nullable Claim claim() {
            return claimed == null ? null : claimed.claim;
        }

        @Override
        public @Nullable Long until() {
            return header.until(claimed == null ? null : Long.valueOf(claimed.until));
        }
    }

    /** An operation with points that return to the account, now or when a hold expires. */
    sealed interface Returning extends Operation {
        Grace grace();

        @Override
        default @Nullable Long until() {
            return header().until(grace().until());
        }
    }

    /**
     * Sets points aside.
     *
     * @param points the number of points; 0 with a claim
     * @param claimed where the number depends on the member; null where it is known before
     * @param plain as that of a {@link Redeem}
     * @param ttlSeconds how long the hold lives
     * @param grace for the points if the hold expires
     */
    record Hold(
            Header header,
            long points,
            @Nullable Claimed claimed,
            @Nullable PlainPrice plain,
            long ttlSeconds,
            Grace grace,
            Receipt receipt)
            implements Returning {
        public Hold(
                Header header, long points, @Nullable Claimed claimed, long ttlSeconds, Grace grace, Receipt receipt) {
            this(header, points, claimed, null, ttlSeconds, grace, receipt);
        }

        public Hold(Header header, long points, long ttlSeconds, Grace grace, Receipt receipt) {
            this(header, points, null, ttlSeconds, grace, receipt);
        }

        @Override
        public OperationType type() {
            return OperationType.HOLD;
        }

        @Override
        public Operation sharing(UnaryOperator<Shared> known) {
            return claimed == null
                    ? this
                    : new Hold(header, points, claimed.sharing(known), plain, ttlSeconds, grace, receipt);
        }

        @Override
        public Operation without(Gone gone) {
            return new Hold(header.without(gone), points, claimed, plain, ttlSeconds, grace, receipt);
        }

        @Override
        public @Nullable Claim claim() {
            return claimed == null ? null : claimed.claim;
        }

        @Override
        public @Nullable Long until() {
            Long until = header.until(grace.until());
            if (claimed == null) {
                return until;
            }
            return until == null ? Long.valueOf(claimed.until) : Long.valueOf(Math.min(until, claimed.until));
        }
    }

    /** Ends a hold. */
    sealed interface EndOfHold extends Returning {
        UUID hold();

        @Override
        default UUID target() {
            return hold();
        }
    }

    /**
     * Takes the points of a hold.
     *
     * @param points how many to take, null for all; the rest returns
     */
    record Capture(Header header, UUID hold, @Nullable Long points, Grace grace) implements EndOfHold {
        @Override
        public OperationType type() {
            return OperationType.CAPTURE;
        }
    }

    /** Returns all points of a hold. */
    record Release(Header header, UUID hold, Grace grace) implements EndOfHold {
        @Override
        public OperationType type() {
            return OperationType.VOID;
        }
    }

    /** Undoes an operation, or what is left of it. */
    sealed interface Undoing extends Returning {
        /** What it takes back besides points; null before the target is known, and where there are only points. */
        @Nullable
        Reversal reversal();

        /** For what a program knows of the member. */
        LapseRules rules();

        /** Whether points of an earn that are no longer there become debt. */
        boolean debt();

        /** Whether it is computed from what is left of the target. */
        default boolean isOfParts() {
            return reversal() != null;
        }
    }

    /**
     * Undoes a call whose answer was lost.
     *
     * @param voids the key of that call
     */
    record VoidCall(
            Header header,
            String voids,
            boolean ofOthers,
            @Nullable Reversal reversal,
            LapseRules rules,
            Grace grace,
            boolean debt)
            implements Undoing {
        /** One that may void calls of others. */
        public VoidCall(Header header, String voids, LapseRules rules, Grace grace, boolean debt) {
            this(header, voids, true, null, rules, grace, debt);
        }

        public VoidCall(Header header, String voids, boolean ofOthers, LapseRules rules, Grace grace, boolean debt) {
            this(header, voids, ofOthers, null, rules, grace, debt);
        }

        /** Whether it may void this call: its own, or any. One that does not say whose it is is nobody's own. */
        public boolean mayVoid(SealedOperation call) {
            return ofOthers || call.type() == OperationType.TOMBSTONE || call.isOf(header.by());
        }

        @Override
        public OperationType type() {
            return OperationType.VOID;
        }

        @Override
        public boolean enrols() {
            return true; // creates the account, without a member: the tombstone of a call that never arrived
        }

        @Override
        public Operation of(TargetFacts target) {
            return new VoidCall(header, voids, ofOthers, Reversal.ofRest(target), rules, grace, debt);
        }
    }

    /**
     * Undoes an operation.
     *
     * @param asked how much of it
     */
    record Reverse(
            Header header,
            UUID target,
            Reversal.Asked asked,
            @Nullable Reversal reversal,
            LapseRules rules,
            Grace grace,
            boolean debt)
            implements Undoing {
        public Reverse(Header header, UUID target, Reversal.Asked asked, LapseRules rules, Grace grace, boolean debt) {
            this(header, target, asked, null, rules, grace, debt);
        }

        @Override
        public OperationType type() {
            return OperationType.REVERSE;
        }

        @Override
        public Operation of(TargetFacts facts) {
            return new Reverse(header, target, asked, Reversal.of(facts, asked), rules, grace, debt);
        }

        /** How many points are to be undone, null for all that are left. */
        public @Nullable Long points() {
            return reversal == null || reversal.undo() == null ? asked.points() : Long.valueOf(reversal.points());
        }
    }

    /**
     * Records the changes that time alone has made; the sweep asks for it.
     *
     * @param rules for what a program knows of the member
     */
    record Lapse(Header header, LapseRules rules) implements Operation {
        @Override
        public OperationType type() {
            return OperationType.LAPSE;
        }
    }

    /**
     * Gives or takes points by hand.
     *
     * @param points how many, below 0 to take them; never 0
     * @param on the day of the lot that it creates, in days since 1970-01-01; also of the points that it takes although
     *     they are not there
     * @param until when that day stops being valid, in ms since the epoch; null for never
     * @param allowDebt whether points that are not there may be taken: they become debt
     */
    record Adjust(
            Header header, long points, long on, @Nullable Long until, boolean allowDebt, Receipt receipt)
            implements Operation {
        @Override
        public OperationType type() {
            return OperationType.ADJUST;
        }

        @Override
        public @Nullable Long until() {
            return header.until(until);
        }
    }

    /** @param spendingOnly whether only redeems and holds are refused */
    record Freeze(Header header, boolean spendingOnly, Receipt receipt) implements Operation {
        @Override
        public OperationType type() {
            return OperationType.FREEZE;
        }
    }

    record Unfreeze(Header header, Receipt receipt) implements Operation {
        @Override
        public OperationType type() {
            return OperationType.UNFREEZE;
        }
    }

    /**
     * Closes the account for ever.
     *
     * @param forfeit whether the points that are left are forfeited
     */
    record Close(Header header, boolean forfeit, Receipt receipt) implements Operation {
        @Override
        public OperationType type() {
            return OperationType.CLOSE;
        }
    }

    /**
     * Grants a tier by hand, in place of any other grant.
     *
     * @param grant null ends the grant that there is
     */
    record Grant(Header header, MemberState.@Nullable Grant grant, Receipt receipt) implements Operation {
        @Override
        public OperationType type() {
            return OperationType.GRANT;
        }

        @Override
        public Operation without(Gone gone) {
            return new Grant(header.without(gone), grant, receipt);
        }
    }

    /** A call that was voided before it arrived. The Lua library creates it; it is never asked for. */
    record Tombstone(Header header) implements Operation {
        @Override
        public OperationType type() {
            return OperationType.TOMBSTONE;
        }
    }

    default AccountId account() {
        return header().account();
    }

    default @Nullable String key() {
        return header().key();
    }

    /** This operation, made for what Postgres knows of its target. */
    default Operation of(TargetFacts target) {
        return this;
    }

    /** Whether it changes the attributes that Postgres has: it is made for them. */
    default boolean changesAttributes() {
        return false;
    }

    /** This operation, made for the attributes that Postgres has, a JSON object or null. */
    default Operation of(@Nullable String attributes) {
        return this;
    }

    /** This operation, which drops what the member remembers of that, if it is one by which he can grow. */
    default Operation without(Gone gone) {
        return this;
    }

    /** Whether the member can grow by it, and nobody has found out yet what he can forget. */
    default boolean mayForget() {
        return header().gone() == null
                && switch (type()) {
                    case ENROL, EARN, REDEEM, HOLD, GRANT -> true;
                    default -> false;
                };
    }

    /** Whether limits of its account refuse it: not what ends a hold or voids a call, nor what only time does. */
    default boolean isLimited() {
        return switch (type()) {
            case CAPTURE, VOID, LAPSE, TOMBSTONE -> false;
            default -> true;
        };
    }

    /** Whether the operation may create the account. */
    default boolean enrols() {
        return false;
    }

    /** The hold or operation that this one ends or undoes, if it names one; else null. */
    default @Nullable UUID target() {
        return null;
    }

    /** The key of the call that this operation undoes, if it names one; else null. */
    default @Nullable String voids() {
        return null;
    }

    /** What only one operation may have; null if there is nothing. */
    default @Nullable Unique unique() {
        return null;
    }

    /** This operation, if another one has what is {@link #unique}: it is declined. Null if none has it. */
    default Operation usedBy(@Nullable UUID operation) {
        return this;
    }

    /** Whether it may use totals that all members share. */
    default boolean shares() {
        Award award = award();
        Claim claim = claim();
        return (award != null && award.shares()) || (claim != null && claim.stock() != null);
    }

    /** This operation with what is known of the totals that all members share. */
    default Operation sharing(UnaryOperator<Shared> known) {
        return this;
    }

    /** What the operation is worth, if that depends on the member; else null. */
    default @Nullable Award award() {
        return null;
    }

    /** What the operation pays for, if its price depends on the member; else null. */
    default @Nullable Claim claim() {
        return null;
    }

    /** What the points pay for, if that was known before; else null. */
    default @Nullable PlainPrice plain() {
        return null;
    }

    /** The day on which the points of an earn become available, if not at once; else null. */
    default @Nullable Long matures() {
        return null;
    }

    /** When the code was made that the member has shown, in ms since the epoch; null if he has shown none. */
    default @Nullable Long memberCode() {
        Presence presence = header().presence();
        return presence == null ? null : presence.memberCode();
    }

    /** When the operation's days stop being valid, in ms since the epoch; null if it has none, or for never. */
    default @Nullable Long until() {
        return header().until(null);
    }

    /** The member's attributes, if the operation sets them; else null. */
    default @Nullable String attributes() {
        return null;
    }

    /** What is stored beside the decision: the receipt, and who has asked. */
    default Receipt detail() {
        return receipt().by(header().by());
    }

    /** The additional content of the answer. */
    default Receipt receipt() {
        return Receipt.NONE;
    }

    /**
     * The JSON that the Lua library reads, and that an unsealed proposal keeps.
     *
     * @param id of this attempt: each proposal of the same operation has its own
     * @param tombstone for a void of a call: the id that the tombstone gets if the call never arrived; else null
     */
    default String text(UUID id, @Nullable UUID tombstone) {
        return OperationText.of(this, id, tombstone);
    }

    /** @throws IOException if the text is not an operation */
    static Operation parse(AccountId account, String text) throws IOException {
        return OperationText.parse(account, text);
    }
}
