package dev.stampede.http.view;

import dev.stampede.account.Image;
import dev.stampede.award.MemberState;
import dev.stampede.award.Parts;
import dev.stampede.award.Redeeming;
import dev.stampede.award.Shared;
import dev.stampede.codec.MemberText;
import dev.stampede.codec.Taken;
import dev.stampede.points.Hold;
import dev.stampede.rules.CompiledProgram;
import dev.stampede.rules.Offer;
import dev.stampede.rules.Offers;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A member with what his holds give back that have run out, as his next operation records it.
 *
 * @param state of what the program knows of him
 * @param back units of shared totals that are there again for him, by the totals' numbers
 */
public record PresentMember(MemberState state, Map<Integer, Long> back) {
    /** @param today the program's day at {@code nowMs} */
    public static PresentMember of(Image image, long nowMs, long today) {
        MemberState member = MemberText.read(image.member());
        Map<Integer, Long> back = new HashMap<>(0);
        for (Hold hold : image.state().holds()) {
            if (hold.taken() != null && hold.expiresAt() <= nowMs) {
                Taken taken = Taken.read(hold.taken());
                member = Redeeming.giveBack(taken.uses(), taken.gift(), hold.points(), true, member, today);
                for (Parts.Use use : taken.uses()) {
                    back.merge(Shared.idOf(use.counter()), use.left(), Long::sum); // those of limits have no number
                }
            }
        }
        return new PresentMember(member, back);
    }

    /** The rewards of a program as he can have them at that time, in the order of the document. */
    public List<Offer> offers(CompiledProgram program, long nowMs) {
        return Offers.of(program, state, nowMs).all();
    }
}
