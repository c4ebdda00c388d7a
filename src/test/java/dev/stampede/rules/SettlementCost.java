package dev.stampede.rules;

import dev.stampede.award.MemberState;
import dev.stampede.award.Settlement;
import dev.stampede.codec.AwardText;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.jboss.logging.Logger;

/**
 * How long Redis takes to settle a purchase at a coffee chain, for members who come more or less often. Run it with the
 * port of a Redis that nobody uses.
 */
final class SettlementCost {
    private static final Logger LOG = Logger.getLogger(SettlementCost.class);
    private static final int TIMES = 5000;

    private SettlementCost() {}

    public static void main(String[] args) {
        CompiledProgram coffee = CompiledProgram.of(Documents.read(Documents.resource("coffee")));
        CompiledProgram plain = new Scene("{}").program;
        long now = Scene.ms("2028-01-12T18:00");
        String award = AwardText.write(coffee.price(Calls.buy("7.00"), now, now));
        String base = AwardText.write(plain.price(Calls.buy("7.00"), now, now));
        try (LuaSettlement lua = new LuaSettlement(Integer.parseInt(args[0]), "cost", UnaryOperator.identity())) {
            LOG.infof("without a programme: %.1f us", lua.cost("award", MemberState.BLANK, base, TIMES));
            for (int every : new int[] {1, 4, 1000}) {
                MemberState member = MemberState.BLANK;
                for (int ago = 400; ago > 0; ago -= every) {
                    long at = now - Duration.ofDays(ago).toMillis();
                    member = Settlement.settle(coffee.price(Calls.buy("7.00"), at, at), member)
                            .member();
                }
                LOG.infof(
                        "a purchase every %d days, a state of %d bytes: %.1f us, of which %.1f to read and write",
                        every,
                        LuaSettlement.text(member).length(),
                        lua.cost("award", member, award, TIMES),
                        lua.cost("nothing", member, award, TIMES));
            }
        }
    }
}
