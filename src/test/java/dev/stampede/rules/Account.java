package dev.stampede.rules;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.stampede.award.Award;
import dev.stampede.award.Claim;
import dev.stampede.award.DayNumbers;
import dev.stampede.award.Denial;
import dev.stampede.award.Lapse;
import dev.stampede.award.MemberState;
import dev.stampede.award.Parts;
import dev.stampede.award.Redeemed;
import dev.stampede.award.Redeeming;
import dev.stampede.award.Settled;
import dev.stampede.award.Settlement;
import dev.stampede.award.Standing;
import dev.stampede.award.Undo;
import dev.stampede.award.Undoing;
import dev.stampede.award.Undone;
import dev.stampede.document.Points;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** An account in memory: a member's state, his points, and the operations that can be reversed. */
final class Account {
    /** An earn; its parts change with each reversal. */
    static final class Earned {
        final Settled settled;
        Parts parts;

        Earned(Settled settled) {
            this.settled = settled;
            this.parts = settled.parts();
        }
    }

    final CompiledProgram program;
    MemberState state = MemberState.BLANK;
    final Wallet wallet = new Wallet();
    final List<Earned> earns = new ArrayList<>();
    long given;
    long taken;

    Account(CompiledProgram program) {
        this.program = program;
    }

    Settled quote(Call call, long atMs, long nowMs) {
        return Settlement.settle(program.price(call, atMs, nowMs), state);
    }

    @CanIgnoreReturnValue
    Earned earn(Call call, long atMs, long nowMs) {
        Award award = program.price(call, atMs, nowMs);
        Settled settled = Settlement.settle(award, state);
        wallet.lapse(program.day(nowMs));
        state = settled.member();
        wallet.earn(settled.points(), program.lotDays(nowMs, program.zone()));
        given += settled.points();
        Earned earned = new Earned(settled);
        earns.add(earned);
        return earned;
    }

    Undone reverse(Earned earned, Function<Parts, Undo> how, long nowMs) {
        long today = program.day(nowMs);
        Undo undo = how.apply(earned.parts);
        Undone undone = Undoing.settle(undo, state, program.levels(), today, program.backdateDays());
        wallet.lapse(today);
        state = undone.member();
        earned.parts = undo.left();
        wallet.takeBack(undone.points(), program.document.points().clawback() == Points.Clawback.DEBT);
        taken += undone.points();
        return undone;
    }

    /** Answers a denial without a price where the points are missing. */
    Redeemed redeem(Claim claim) {
        Redeemed redeemed = Redeeming.settle(claim, state);
        wallet.lapse(claim.today());
        if (redeemed.denial() == null && wallet.redeem(redeemed.points())) {
            state = redeemed.member();
            taken += redeemed.points();
            return redeemed;
        }
        Denial denial = redeemed.denial();
        return new Redeemed(state, denial, null, denial == null ? "insufficient_points" : "", 0, null, null, List.of());
    }

    void giveBack(Redeemed redeemed, long nowMs) {
        long today = program.day(nowMs);
        state = Redeeming.giveBack(redeemed.uses(), redeemed.gift(), redeemed.points(), true, state, today);
        wallet.lapse(today);
        wallet.giveBack(redeemed.points(), DayNumbers.FOREVER);
        given += redeemed.points();
    }

    Standing standing(long nowMs) {
        return Standing.of(state, program.levels(), program.day(nowMs), program.backdateDays());
    }

    MemberState at(long nowMs) {
        wallet.lapse(program.day(nowMs));
        return Lapse.at(state, program.levels(), program.day(nowMs), program.backdateDays());
    }
}
