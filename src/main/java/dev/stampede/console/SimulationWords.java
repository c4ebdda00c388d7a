package dev.stampede.console;

import io.quarkus.qute.i18n.Message;
import io.quarkus.qute.i18n.MessageBundle;

/**
 * What pages say of simulations, in English; {@code messages/s_de.properties} has it in German. It is not in
 * {@link Words}: more than 300 of one bundle are not found.
 */
@MessageBundle("s")
public interface SimulationWords {
    @Message("{done} of about {all} members")
    String accountsOf(String done, String all);

    @Message("as it was")
    String asItWas();

    @Message("By day")
    String byDay();

    @Message("By what gave the points")
    String byRule();

    @Message("by the draft")
    String byTheDraft();

    @Message("By tier")
    String byTier();

    @Message("Cancel")
    String cancel();

    @Message("Day")
    String day();

    @Message("Redeems that the draft would have declined")
    String declinedRedeems();

    @Message("Difference")
    String difference();

    @Message("Earn less")
    String earnLess();

    @Message("Earn more")
    String earnMore();

    @Message("Members who gain most")
    String earnMost();

    @Message("Earn the same")
    String earnSame();

    @Message("First day")
    String firstDay();

    @Message("{from} to {to}")
    String fromTo(String from, String to);

    @Message("Liability")
    String liability();

    @Message("Members who lose most")
    String loseMost();

    @Message("no")
    String no();

    @Message("None.")
    String noneOfThem();

    @Message("Purchases that the draft has no price for")
    String notPriced();

    @Message("Operations that did not come to what was sealed")
    String notReproduced();

    @Message("What the draft would have given is in doubt.")
    String notReproducedNote();

    @Message("Nothing gave points.")
    String nothingGiven();

    @Message("Outstanding at the end")
    String outstanding();

    @Message("Ran out")
    String ranOut();

    @Message("Rule")
    String rule();

    @Message("Simulate")
    String simulate();

    @Message("Simulate the draft")
    String simulateDraft();

    @Message("What would these rules have given for the purchases of past days? Nothing is written.")
    String simulateNote();

    @Message("Simulation")
    String simulation();

    @Message("{operations} operations of these days, {priced} of them priced again. The same purchases: "
            + "it is not known what people would have done otherwise.")
    String simulationNote(String operations, String priced);

    @Message("{#switch what}{#case 'running'}running{#case 'done'}done{#case 'failed'}failed{#case "
            + "'cancelled'}cancelled{#else}{what}{/switch}")
    String simulationState(String what);

    @Message("Used earlier")
    String usedEarlier();
}
