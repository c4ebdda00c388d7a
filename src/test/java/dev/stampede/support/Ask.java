package dev.stampede.support;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.account.AccountId;
import dev.stampede.account.Attributes;
import dev.stampede.account.By;
import dev.stampede.account.Operation;
import dev.stampede.account.OperationType;
import dev.stampede.account.Presence;
import dev.stampede.account.Receipt;
import dev.stampede.account.Reversal;
import dev.stampede.award.MemberState;
import dev.stampede.award.PlainPrice;
import dev.stampede.codec.LapseRules;
import dev.stampede.points.Grace;
import dev.stampede.points.LocalDay;
import dev.stampede.points.Renewal;
import java.util.Objects;
import java.util.UUID;

/** Makes operations whose type is known at run time only, and those of which a test has little to say. */
public final class Ask {
    private final OperationType type;
    private final AccountId account;
    private String key;
    private String fingerprint;
    private Long points;
    private long ttlSeconds;
    private UUID hold;
    private UUID target;
    private String voids;
    private long on;
    private Long matures;
    private Long graceOn;
    private Long until;
    private boolean debt;
    private boolean enrols;
    private boolean allowDebt;
    private boolean forfeit;
    private boolean spendingOnly;
    private Presence presence;
    private MemberState.Grant grant;
    private String reference;
    private String attributes;
    private String detail;
    private LocalDay day;
    private Renewal renewal;
    private PlainPrice plain;
    private By by;

    private Ask(OperationType type, AccountId account) {
        this.type = type;
        this.account = account;
    }

    public static Ask of(OperationType type, AccountId account) {
        return new Ask(type, account);
    }

    @CanIgnoreReturnValue
    public Ask key(String key, String fingerprint) {
        this.key = key;
        this.fingerprint = fingerprint;
        return this;
    }

    @CanIgnoreReturnValue
    public Ask points(Long points) {
        this.points = points;
        return this;
    }

    /** What points of a payment are worth, where that is known before. */
    @CanIgnoreReturnValue
    public Ask plain(PlainPrice plain) {
        this.plain = plain;
        return this;
    }

    @CanIgnoreReturnValue
    public Ask ttlSeconds(long ttlSeconds) {
        this.ttlSeconds = ttlSeconds;
        return this;
    }

    @CanIgnoreReturnValue
    public Ask hold(UUID hold) {
        this.hold = hold;
        return this;
    }

    /** What a reversal undoes; of an enrol, the head on which it is to be decided. */
    @CanIgnoreReturnValue
    public Ask target(UUID target) {
        this.target = target;
        return this;
    }

    @CanIgnoreReturnValue
    public Ask voids(String key) {
        this.voids = key;
        return this;
    }

    @CanIgnoreReturnValue
    public Ask lot(long on, Long matures) {
        this.on = on;
        this.matures = matures;
        return this;
    }

    @CanIgnoreReturnValue
    public Ask graceOn(Long graceOn) {
        this.graceOn = graceOn;
        return this;
    }

    @CanIgnoreReturnValue
    public Ask until(Long until) {
        this.until = until;
        return this;
    }

    @CanIgnoreReturnValue
    public Ask debt(boolean debt) {
        this.debt = debt;
        return this;
    }

    @CanIgnoreReturnValue
    public Ask autoEnrol(boolean autoEnrol) {
        this.enrols = autoEnrol;
        return this;
    }

    @CanIgnoreReturnValue
    public Ask reference(String reference) {
        this.reference = reference;
        return this;
    }

    @CanIgnoreReturnValue
    public Ask attributes(String attributes) {
        this.attributes = attributes;
        return this;
    }

    @CanIgnoreReturnValue
    public Ask detail(String detail) {
        this.detail = detail;
        return this;
    }

    /** The day of the decision, where it is not that of UTC. */
    @CanIgnoreReturnValue
    public Ask day(LocalDay day) {
        this.day = day;
        return this;
    }

    /** Of an adjustment. */
    @CanIgnoreReturnValue
    public Ask allowDebt(boolean allowDebt) {
        this.allowDebt = allowDebt;
        return this;
    }

    /** Of the end of an account. */
    @CanIgnoreReturnValue
    public Ask forfeit(boolean forfeit) {
        this.forfeit = forfeit;
        return this;
    }

    /** Of a freeze. */
    @CanIgnoreReturnValue
    public Ask spendingOnly(boolean spendingOnly) {
        this.spendingOnly = spendingOnly;
        return this;
    }

    /** Of a payment; null where it does not matter whether the member is there. */
    @CanIgnoreReturnValue
    public Ask presence(Presence presence) {
        this.presence = presence;
        return this;
    }

    /** What it does for the points that the member has, if it is an activity. */
    @CanIgnoreReturnValue
    public Ask renewal(Renewal renewal) {
        this.renewal = renewal;
        return this;
    }

    /** Of a grant of a tier; null ends the one that there is. */
    @CanIgnoreReturnValue
    public Ask grant(MemberState.Grant grant) {
        this.grant = grant;
        return this;
    }

    /** Whose call it is, by the id of the principal. */
    @CanIgnoreReturnValue
    public Ask by(String principal) {
        this.by = new By(principal, null);
        return this;
    }

    public Operation build() {
        boolean active = type == OperationType.EARN || type == OperationType.REDEEM || type == OperationType.CAPTURE;
        Operation.Header header = new Operation.Header(account, key, fingerprint, reference, null, day)
                .renewing(active ? renewal : null)
                .by(by)
                .shown(presence);
        Grace grace = new Grace(graceOn, until);
        Receipt receipt = Receipt.stored(detail);
        return switch (type) {
            case ENROL ->
                new Operation.Enrol(
                        header, attributes == null ? null : new Attributes(attributes, null, null), target, null);
            case EARN ->
                new Operation.Earn(header, Objects.requireNonNull(points), null, on, matures, until, enrols, receipt);
            case REDEEM -> new Operation.Redeem(header, Objects.requireNonNull(points), null, plain, receipt);
            case HOLD ->
                new Operation.Hold(header, Objects.requireNonNull(points), null, plain, ttlSeconds, grace, receipt);
            case CAPTURE -> new Operation.Capture(header, Objects.requireNonNull(hold), points, grace);
            case VOID ->
                hold != null
                        ? new Operation.Release(header, hold, grace)
                        : new Operation.VoidCall(header, Objects.requireNonNull(voids), LapseRules.NONE, grace, debt);
            case REVERSE ->
                new Operation.Reverse(
                        header,
                        Objects.requireNonNull(target),
                        Reversal.Asked.points(points),
                        LapseRules.NONE,
                        grace,
                        debt);
            case LAPSE -> new Operation.Lapse(header, LapseRules.NONE);
            case ADJUST -> new Operation.Adjust(header, Objects.requireNonNull(points), on, until, allowDebt, receipt);
            case FREEZE -> new Operation.Freeze(header, spendingOnly, receipt);
            case UNFREEZE -> new Operation.Unfreeze(header, receipt);
            case CLOSE -> new Operation.Close(header, forfeit, receipt);
            case GRANT -> new Operation.Grant(header, grant, receipt);
            case TOMBSTONE -> new Operation.Tombstone(header);
        };
    }
}
