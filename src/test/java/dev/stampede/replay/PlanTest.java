package dev.stampede.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.replay.Plan.Sending;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlanTest {

    @Test
    void pointsAreRoundedDownInvoiceByInvoice() {
        Plan plan = new Plan(List.of(invoice(1, "a", "0.38"), invoice(2, "a", "1.99"), invoice(3, "b", "2.00")));
        assertEquals(3, plan.earned());
        assertEquals(
                List.of(0L, 1L, 2L),
                plan.steps().stream().map(Plan.Step::points).toList());
    }

    @Test
    void everyTenthInvoiceOfAnAccountRedeemsAFifth() {
        List<Invoice> invoices = new ArrayList<>();
        for (int i = 1; i <= 20; i++) {
            invoices.add(invoice(i, "a", "10.50"));
            invoices.add(invoice(100 + i, "poor", "0.40"));
        }
        Plan plan = new Plan(invoices);
        List<Plan.Step> redeems = plan.steps().stream()
                .filter(step -> step.type().equals("redeem"))
                .toList();
        assertEquals(
                List.of("r-10", "r-20"), redeems.stream().map(Plan.Step::key).toList());
        assertEquals(
                List.of(-20L, -36L), redeems.stream().map(Plan.Step::points).toList());
        assertEquals(
                List.of(80L, 144L), redeems.stream().map(Plan.Step::available).toList());
        assertEquals(56, plan.redeemed());
        assertEquals(0, plan.accounts().get("poor").get(19).available());
    }

    @Test
    void everyTwentiethRequestIsSentTwice() {
        List<Invoice> invoices = new ArrayList<>();
        for (int i = 1; i <= 60; i++) {
            invoices.add(invoice(i, "customer" + i, "1"));
        }
        Plan plan = new Plan(invoices);
        assertEquals(3, plan.twice());
        assertEquals(Sending.ONCE, plan.steps().get(18).sending());
        assertEquals(Sending.AGAIN, plan.steps().get(19).sending());
        assertEquals(Sending.AT_ONCE, plan.steps().get(39).sending());
        assertEquals(Sending.AGAIN, plan.steps().get(59).sending());
    }

    @Test
    void generatedInvoicesAreThoseOfAShop() {
        List<Invoice> invoices = Invoice.generate(2000, 1);
        assertEquals(invoices, Invoice.generate(2000, 1));
        Plan plan = new Plan(invoices);
        assertEquals(2000, invoices.stream().map(Invoice::number).distinct().count());
        assertTrue(invoices.stream().anyMatch(invoice -> invoice.points() == 0));
        assertTrue(plan.accounts().size() > 300);
        assertTrue(plan.accounts().values().stream().anyMatch(steps -> steps.size() > 100));
        assertTrue(plan.redeemed() > 0);
    }

    private static Invoice invoice(int number, String customer, String amount) {
        return new Invoice(String.valueOf(number), LocalDate.EPOCH, customer, new BigDecimal(amount));
    }
}
