package dev.stampede.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "promotion", description = "Promotions, and what they share.")
final class PromotionCommands {

    @Command(name = "budget", description = "What is left of budgets, and of the stock of rewards.")
    int budget(@Mixin Session session) {
        List<JsonNode> budgets = new ArrayList<>();
        session.get(session.ofProgram("budgets")).path("items").forEach(budgets::add);
        session.out().table(budgets, "budget=id", "of", "total", "used", "left");
        return Exit.YES;
    }
}
