package dev.stampede.simulate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stampede.account.HoldStatus;
import dev.stampede.account.Image;
import dev.stampede.account.Receipt;
import dev.stampede.award.Award;
import dev.stampede.award.Claim;
import dev.stampede.award.Gift;
import dev.stampede.award.Lapse;
import dev.stampede.award.MemberState;
import dev.stampede.award.Part;
import dev.stampede.award.Parts;
import dev.stampede.award.PlainPrice;
import dev.stampede.award.Redeemed;
import dev.stampede.award.Redeeming;
import dev.stampede.award.Settled;
import dev.stampede.award.Settlement;
import dev.stampede.award.SettlementCheck;
import dev.stampede.award.Shared;
import dev.stampede.award.Standing;
import dev.stampede.award.Undo;
import dev.stampede.award.Undoing;
import dev.stampede.award.Undone;
import dev.stampede.codec.MemberText;
import dev.stampede.codec.PartsText;
import dev.stampede.codec.Taken;
import dev.stampede.document.Points;
import dev.stampede.points.Grace;
import dev.stampede.points.Hold;
import dev.stampede.points.LocalDay;
import dev.stampede.points.Lot;
import dev.stampede.points.Renewal;
import dev.stampede.points.Unpriceable;
import dev.stampede.program.InForce;
import dev.stampede.rules.Call;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.rules.LotDays;
import dev.stampede.rules.Returns;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One member in one branch of his history: what his operations do under given rules. Does what the Lua library does
 * (parts 30 to 40), on values.
 */
final class Branch {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Operations of one member that are remembered: an older one is not undone any more. */
    private static final int MOST_PAST = 20_000;

    /** By what an operation is decided. */
    interface Rules {
        /**
         * The version in force at a decision.
         *
         * @param atMs when it is made, by the program's clock, in ms since the epoch
         * @param realMs the same by the real one
         */
        InForce.Rules present(long atMs, long realMs);

        /** The version that prices it. */
        InForce.Rules pricing(Step step);

        /** A shared total as that operation found it. */
        Shared known(Shared total, Step step, InForce.Rules pricing);
    }

    /** Finds what an operation was that is not remembered; null if it can't be undone. */
    interface Memory {
        @Nullable
        Past find(UUID operation);
    }

    private final Rules rules;
    private final Memory memory;
    private final Map<UUID, Past> past = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<UUID, Past> eldest) {
            return size() > MOST_PAST;
        }
    };
    private Wallet wallet;
    private MemberState member;
    private boolean enrolled;

    // of the operation that is being applied
    private Effect effect = new Effect();
    private InForce.@Nullable Rules present;
    private long now;
    private long today;

    Branch(Rules rules, Memory memory, Image from) {
        this.rules = rules;
        this.memory = memory;
        this.wallet = wallet(from);
        this.member = MemberText.read(from.member());
        this.enrolled = from.state().enrolled();
    }

    private static Wallet wallet(Image image) {
        List<Lot> expired = new ArrayList<>();
        try {
            for (JsonNode row : JSON.readTree(image.text()).path("expired")) {
                long day = row.path(0).asLong();
                expired.add(new Lot(day, row.path(1).asLong(), row.path(2).asLong(day)));
            }
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not an image", e);
        }
        return new Wallet(image.state(), expired);
    }

    /** Goes on from what was sealed, whatever this branch has come to. */
    void resync(Step step) {
        wallet = wallet(step.image());
        member = MemberText.read(step.image().member());
        enrolled = step.image().state().enrolled();
        String parts = step.parts();
        Past target = step.target() == null ? null : past.get(step.target());
        Past own = past.get(step.id());
        if (target != null) {
            target.undone = step.reversedBefore() + step.reversed();
            target.parts = parts == null ? target.parts : PartsText.read(parts);
        } else if (own != null && parts != null) {
            own.parts = PartsText.read(parts);
        }
    }

    /** Whether this branch has come to what was sealed. */
    boolean is(Image sealed) {
        return wallet.is(sealed.state()) && member.equals(MemberText.read(sealed.member()));
    }

    Wallet wallet() {
        return wallet;
    }

    /** What is remembered of an operation, or found; null if it did not happen in this branch. */
    @Nullable
    Past past(UUID operation) {
        Past there = past.get(operation);
        if (there == null) {
            there = memory.find(operation);
            if (there != null) {
                past.put(operation, there);
            }
        }
        return there;
    }

    /** The level that the member holds; "" where the program has none. */
    String level() {
        CompiledProgram compiled = present().compiled();
        int level = Standing.of(member, compiled.levels(), today, compiled.backdateDays())
                .level();
        return compiled.levelIds().get(level);
    }

    /** What time alone does until then. */
    void lapse(long atMs) {
        begin(atMs, Long.MAX_VALUE);
        lapse();
    }

    private InForce.Rules present() {
        return Objects.requireNonNull(present);
    }

    private void begin(long atMs, long realMs) {
        effect = new Effect();
        present = rules.present(atMs, realMs);
        now = atMs;
        today = LocalDay.number(now, present.zone());
    }

    private void lapse() {
        for (Hold ended : wallet.lapse(now, today)) {
            giveBackBesides(ended.taken() == null ? null : Taken.read(ended.taken()), ended.points(), true);
        }
    }

    /**
     * Applies an operation that was done.
     *
     * @param before the account as it was sealed before it
     * @param asked how much of its target it was to undo; null if it has none
     * @throws IllegalStateException if it is not known by which rules
     */
    Effect apply(Step step, Image before, Step.@Nullable Asked asked) {
        begin(step.at(), step.realMs());
        long earned = wallet.lifetime();
        lapse();
        switch (step.type()) {
            case EARN -> earn(step);
            case ENROL -> enrol(step, before);
            case REDEEM -> redeem(step);
            case HOLD -> hold(step);
            case CAPTURE -> capture(step);
            case VOID, REVERSE -> {
                Hold open = step.target() == null ? null : wallet.hold(step.target());
                if (open != null) {
                    wallet.end(open, 0, grace(0), today);
                    giveBackBesides(open.taken() == null ? null : Taken.read(open.taken()), open.points(), true);
                } else {
                    undo(step, asked);
                }
            }
            case ADJUST -> adjust(step);
            case GRANT ->
                member = member.with(MemberText.read(step.image().member()).grant());
            case CLOSE -> wallet.forfeit();
            case LAPSE ->
                member = Lapse.at(
                        member,
                        present().compiled().levels(),
                        today,
                        present().compiled().backdateDays());
            case FREEZE, UNFREEZE, TOMBSTONE -> {}
        }
        effect.earned = wallet.lifetime() - earned;
        return effect;
    }

    private @Nullable Long grace(long afterSeconds) {
        return Grace.of(present().document().points().graceDays(), present().zone(), now, afterSeconds)
                .on();
    }

    private boolean makesDebt() {
        return present().document().points().clawback() == Points.Clawback.DEBT;
    }

    private void earn(Step step) {
        InForce.Rules pricing = rules.pricing(step);
        String occurred = step.receipt().occurredAt();
        long atMs = occurred == null ? now : Instant.parse(occurred).toEpochMilli();
        settle(
                step,
                step.call(),
                pricing,
                atMs,
                pricing.compiled().renewedByEarn(now, present().zone()));
    }

    private void renew(@Nullable Renewal renewal) {
        if (renewal != null) {
            wallet.renew(today, renewal.on());
        }
    }

    private void enrol(Step step, Image before) {
        if (!enrolled && !present().isPlain()) {
            settle(step, new Call.Enrol(Call.Place.UNKNOWN), present(), now, null);
        }
        enrolled = true;
        Map<String, MemberState.Attribute> was =
                MemberText.read(before.member()).attributes();
        Map<String, MemberState.Attribute> is =
                MemberText.read(step.image().member()).attributes();
        Map<String, @Nullable String> changes = new HashMap<>();
        for (String id : union(was, is)) {
            MemberState.Attribute value = is.get(id);
            if (!Objects.equals(was.get(id), value)) {
                changes.put(id, value == null ? null : value.value());
            }
        }
        member = member.with(changes, today);
    }

    private static TreeSet<String> union(Map<String, ?> one, Map<String, ?> other) {
        TreeSet<String> all = new TreeSet<>(one.keySet());
        all.addAll(other.keySet());
        return all;
    }

    /** @param renewal what it extends if it has a price; null if nothing */
    private void settle(Step step, Call call, InForce.Rules pricing, long atMs, @Nullable Renewal renewal) {
        effect.priced = true;
        if (isForeign(step, pricing)) {
            return;
        }
        Award award;
        try {
            award = pricing.compiled()
                    .price(call, atMs, Math.max(atMs, now), now, present().compiled())
                    .sharing(total -> rules.known(total, step, pricing));
        } catch (Unpriceable e) {
            effect.refused = e.why().code();
            return;
        }
        renew(renewal);
        boolean plain = pricing.isPlain() && present().isPlain();
        Settled settled = Settlement.settle(award, plain ? MemberState.BLANK : member, enrolled);
        member = plain ? member : settled.member();
        enrolled = true;
        LotDays days = pricing.compiled().lotDays(now, present().zone());
        wallet.earn(days.on(), days.matures(), settled.points());
        for (Part part : settled.explanation()) {
            effect.add(part.rule(), part.points());
            if (Part.BUDGET.equals(part.reason())) {
                effect.cut.add(part.rule());
            }
        }
        effect.uses.putAll(SettlementCheck.uses(award, settled.parts()));
        effect.level = pricing.compiled().levelIds().get(settled.level());
        past.put(step.id(), Past.earn(settled.points(), days.on(), days.matures(), plain, settled.parts()));
    }

    /** Whether it is an amount in another currency than that of its rules. Notes why it has no price. */
    private boolean isForeign(Step step, InForce.Rules pricing) {
        String currency = step.receipt().currency();
        if (currency == null || currency.equals(pricing.document().currency().getCurrencyCode())) {
            return false;
        }
        effect.refused = Unpriceable.Why.CURRENCY_MISMATCH.code();
        return true;
    }

    private record Paid(
            long points, MemberState member, @Nullable Taken taken, boolean plain) {}

    /** What a payment costs; null if it is refused. */
    private @Nullable Paid pay(Step step) {
        CompiledProgram program = present().compiled();
        Call.Place place = step.receipt().place();
        Taken was = step.told() == null ? null : Taken.read(step.told());
        String amount = step.receipt().amount();
        long points = step.hold() == null ? step.reversible() : step.hold().points();
        effect.priced = true;
        if (isForeign(step, present())) {
            return null;
        }
        Claim claim;
        try {
            if (was != null && was.reward()) {
                claim = program.claimReward(was.rule(), place, now);
            } else if (amount != null) {
                claim = program.claimAmount(new BigDecimal(amount), place, now);
            } else {
                claim = program.claimPoints(points, place, now);
            }
        } catch (Unpriceable e) {
            effect.refused = e.why().code();
            return null;
        }
        claim = claim.sharing(total -> rules.known(total, step, present()));
        PlainPrice plain = program.plainPrice();
        if (plain != null && claim.reward() == null && place.partner() == null) {
            long cost = claim.options().get(0).points().get(0);
            return afforded(new Paid(cost, member, Taken.of(plain, cost), true));
        }
        Redeemed redeemed = Redeeming.settle(claim, member);
        if (redeemed.denial() != null) {
            effect.refused = redeemed.denial().code();
            return null;
        }
        if (claim.stock() != null) {
            effect.uses.put(claim.stock().id(), 1L);
        }
        return afforded(new Paid(redeemed.points(), redeemed.member(), Taken.of(claim, redeemed), false));
    }

    private @Nullable Paid afforded(Paid paid) {
        if (wallet.available() < paid.points) {
            effect.refused = "insufficient_points";
            effect.uses.clear();
            return null;
        }
        member = paid.member;
        return paid;
    }

    private void redeem(Step step) {
        Paid paid = pay(step);
        if (paid != null) {
            renew(present().compiled().renewedByRedeem(now));
            past.put(step.id(), Past.payment(paid.points, wallet.redeem(paid.points), paid.taken));
            effect.redeemed = paid.points;
        }
    }

    private void hold(Step step) {
        Paid paid = pay(step);
        if (paid != null) {
            long expiresAt = Objects.requireNonNull(step.hold()).expiresAt();
            Taken taken = paid.taken;
            wallet.hold(
                    step.id(),
                    paid.points,
                    expiresAt,
                    grace((expiresAt - now) / 1000),
                    paid.plain || taken == null ? null : taken.write());
        }
    }

    private void capture(Step step) {
        Hold open = step.target() == null ? null : wallet.hold(step.target());
        if (open == null) {
            return; // this branch has not made the hold
        }
        renew(present().compiled().renewedByRedeem(now));
        open = Objects.requireNonNull(wallet.hold(open.id())); // as renewed
        Taken besides = open.taken() == null ? null : Taken.read(open.taken());
        HoldStatus was = Objects.requireNonNull(step.hold());
        boolean whole = was.captured() == was.points() || (besides != null && besides.reward());
        long points = whole ? open.points() : Math.min(was.captured(), open.points());
        List<Lot> spent = wallet.end(open, points, grace(0), today);
        if (points < open.points()) {
            giveBackBesides(besides, open.points() - points, false);
        }
        Taken taken = besides == null || points == open.points() ? besides : part(besides, points);
        past.put(step.id(), Past.payment(points, spent, taken));
        effect.redeemed = points;
    }

    /** What a payment took of which only so many points are left. */
    private static Taken part(Taken whole, long points) {
        return new Taken(
                whole.rule(),
                whole.reward(),
                points,
                null,
                whole.decimals(),
                whole.rate(),
                whole.gift(),
                whole.uses().stream()
                        .map(use -> use.ofUses() ? use : new Parts.Use(use.counter(), false, points))
                        .toList(),
                whole.code());
    }

    private void giveBackBesides(@Nullable Taken back, long points, boolean whole) {
        if (back != null) {
            member = Redeeming.giveBack(back.uses(), back.gift(), points, whole, member, today);
            if (whole) {
                giveBack(back.uses());
            }
        }
    }

    /** Of those that are of shared totals. */
    private void giveBack(List<Parts.Use> back) {
        for (Parts.Use use : back) {
            int total = Shared.idOf(use.counter());
            if (total != 0) {
                effect.uses.merge(total, -use.left(), Long::sum);
            }
        }
    }

    private void adjust(Step step) {
        List<Receipt.Reason> told = step.receipt().explanation();
        long points = told == null ? step.reversible() : told.get(0).points();
        long day = present().compiled().lotDays(now, present().zone()).on();
        if (points > 0) {
            wallet.give(day, points);
            past.put(step.id(), Past.given(points, day));
        } else {
            past.put(step.id(), Past.taken(-points, wallet.take(day, -points)));
        }
    }

    private void undo(Step step, Step.@Nullable Asked asked) {
        Past target = step.target() == null ? null : past(step.target());
        if (target == null || asked == null) {
            return; // it did not happen in this branch, or nothing of it was left
        }
        switch (target.kind) {
            case EARN -> undoEarn(step, target, asked);
            case GIVEN -> {
                long points = rest(target, asked);
                wallet.takeBack(target.on, null, points, makesDebt(), false);
                target.undone += points;
            }
            case PAYMENT, TAKEN -> {
                long points = rest(target, asked);
                List<Lot> row = new ArrayList<>(target.spent);
                Collections.reverse(row);
                wallet.giveBack(Wallet.stretch(row, target.undone, points), grace(0), today);
                if (points > 0 || target.worth == 0) {
                    giveBackBesides(target.taken, points, target.undone + points == target.worth);
                }
                target.undone += points;
                effect.redeemed = target.kind == Past.Kind.PAYMENT ? -points : 0;
            }
        }
    }

    private static long rest(Past target, Step.Asked asked) {
        long rest = target.worth - target.undone;
        return asked.whole() ? rest : Math.min(rest, asked.count());
    }

    private void undoEarn(Step step, Past target, Step.Asked asked) {
        Parts parts = target.parts;
        if (parts == null) { // of one rate, and before the period
            wallet.takeBack(target.on, target.matures, step.reversed(), makesDebt(), true);
            effect.add("base", -step.reversed());
            return;
        }
        Undo undo;
        try {
            undo = undo(parts, asked);
        } catch (Unpriceable e) {
            return; // nothing of that is left in this branch
        }
        target.parts = undo.left();
        if (target.plain) {
            long points = left(parts) - left(undo.left());
            wallet.takeBack(target.on, target.matures, points, makesDebt(), true);
            undo.takes().forEach(take -> effect.add(take.rule(), -take.points()));
            return;
        }
        CompiledProgram compiled = present().compiled();
        Undone undone = Undoing.settle(undo, member, compiled.levels(), today, compiled.backdateDays());
        keepGifts(undo);
        giveBack(undo.uses());
        member = undone.member();
        wallet.takeBack(target.on, target.matures, undone.own(), makesDebt(), true);
        if (undone.takenBack() > 0) {
            wallet.takeBackOthers(undone.takenBack(), makesDebt());
        }
        undone.explanation().forEach(part -> effect.add(part.rule(), part.points()));
        effect.level = compiled.levelIds().get(undone.level());
    }

    private static Undo undo(Parts parts, Step.Asked asked) {
        if (asked.whole()) {
            return Returns.whole(parts);
        }
        return switch (asked.by()) {
            case AMOUNT -> Returns.amount(parts, asked.count());
            case ITEMS -> Returns.items(parts, asked.items());
            case NOTHING, POINTS ->
                asked.count() >= left(parts) ? Returns.whole(parts) : Returns.points(parts, asked.count());
        };
    }

    private static long left(Parts parts) {
        return parts.shares().stream().mapToLong(Parts.Share::left).sum();
    }

    /** A gift that goes back, and that a hold has, is not there any more: the hold does not give it back. */
    private void keepGifts(Undo undo) {
        List<Gift> there = new ArrayList<>(member.gifts());
        for (Undo.GiftBack back : undo.gifts()) {
            for (long i = back.count(); i > 0; i--) {
                if (!there.remove(back.gift())) {
                    keepGift(back.gift());
                }
            }
        }
    }

    /** The first hold that has that gift has it for good. */
    private void keepGift(Gift gift) {
        for (Hold hold : wallet.open()) {
            Taken has = hold.taken() == null ? null : Taken.read(hold.taken());
            if (has != null && gift.equals(has.gift())) {
                Taken kept = new Taken(
                        has.rule(),
                        has.reward(),
                        has.points(),
                        has.value(),
                        has.decimals(),
                        has.rate(),
                        null,
                        has.uses(),
                        has.code());
                wallet.replaceTaken(hold.id(), kept.write());
                return;
            }
        }
    }
}
