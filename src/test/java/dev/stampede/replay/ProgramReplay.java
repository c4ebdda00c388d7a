package dev.stampede.replay;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stampede.support.TestKey;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Invoices through an example program, in a sandbox whose clock goes along with them: each member's points and tier are
 * compared with those of a {@link Card}, after each call and in the end. All of a day happens
 * at three in the afternoon.
 */
final class ProgramReplay {
    private static final int IN_FLIGHT = 32;
    private static final int PAY_EVERY = 10;
    private static final LocalTime AFTERNOON = LocalTime.of(15, 0);

    /** An example program, and its leaflet. */
    enum Scheme {
        COFFEE("coffee", "America/Los_Angeles", "USD", "stars", CoffeeCard.PAYMENT, CoffeeCard::new),
        CASHBACK("cashback", "Europe/London", "GBP", "spend", CashbackCard.PAYMENT, CashbackCard::new);

        private final String example;
        private final ZoneId zone;
        private final String currency;
        private final String measure;
        private final String payment;
        private final Supplier<Card> card;

        Scheme(String example, String zone, String currency, String measure, String payment, Supplier<Card> card) {
            this.example = example;
            this.zone = ZoneId.of(zone);
            this.currency = currency;
            this.measure = measure;
            this.payment = payment;
            this.card = card;
        }

        /** The same program sixteen years ago. */
        private String document() throws IOException {
            String text = Files.readString(Path.of("programs", example + ".json"));
            return text.replace("\"" + example + "\"", "\"" + program() + "\"")
                    .replace("\"2026-", "\"2010-")
                    .replace("\"2027-", "\"2011-")
                    .replaceFirst("\"sandbox\": *\\{[^}]*},", "")
                    .replaceFirst("\\{", "{\"sandbox\":{\"now\":\"2010-10-01T00:00:00Z\"},");
        }

        private String program() {
            return example + "-2010";
        }
    }

    private final Scheme scheme;
    private final URI gateway;
    private final Client client;
    private final HttpClient http = HttpClient.newHttpClient();
    private final ObjectMapper json = new ObjectMapper();
    private final Map<String, Card> cards = new LinkedHashMap<>();
    private final Map<String, Integer> purchases = new HashMap<>();
    private final ConcurrentLinkedQueue<String> mistakes = new ConcurrentLinkedQueue<>();
    private final AtomicLong paid = new AtomicLong();

    ProgramReplay(Scheme scheme, URI gateway) {
        this.scheme = scheme;
        this.gateway = gateway;
        this.client = new Client(gateway, scheme.program());
    }

    InvoiceReplay.Result run(List<Invoice> invoices) throws Exception {
        administer("POST", "versions", scheme.document());
        TreeMap<LocalDate, List<Invoice>> days =
                invoices.stream().collect(Collectors.groupingBy(Invoice::date, TreeMap::new, Collectors.toList()));
        ExecutorService tills = Executors.newFixedThreadPool(IN_FLIGHT);
        try {
            for (Map.Entry<LocalDate, List<Invoice>> day : days.entrySet()) {
                administer("PUT", "clock", "{\"now\":\"" + instant(day.getKey()) + "\"}");
                day(day.getKey(), day.getValue(), tills);
            }
            LocalDate after = days.lastKey().plusDays(40);
            administer("PUT", "clock", "{\"now\":\"" + instant(after) + "\"}");
            all(
                    cards.entrySet().stream()
                            .map(card -> (Task) () -> compare(card.getKey(), card.getValue(), after))
                            .collect(Collectors.toList()),
                    tills);
        } finally {
            tills.shutdownNow();
        }
        long earned = cards.values().stream().mapToLong(Card::earned).sum();
        String report = String.format(
                Locale.ROOT,
                "  %,d invoices through %s: %,d points given and %,d paid with, as computed without the gateway;"
                        + " %,d members, %,d mistakes",
                invoices.size(),
                scheme.program(),
                earned,
                paid.get(),
                cards.size(),
                mistakes.size());
        return new InvoiceReplay.Result(report, new ArrayList<>(mistakes));
    }

    private String instant(LocalDate day) {
        return day.atTime(AFTERNOON).atZone(scheme.zone).toInstant().toString();
    }

    private void administer(String method, String call, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(gateway.resolve("/v1/programs/" + scheme.program() + "/" + call))
                .header(TestKey.HEADER, TestKey.BEARER)
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() / 100 != 2) {
            throw new IllegalStateException(method + " " + call + ": " + answer.statusCode() + " " + answer.body());
        }
    }

    private interface Task {
        void run() throws Exception;
    }

    private void day(LocalDate day, List<Invoice> invoices, ExecutorService tills) {
        Map<String, List<Invoice>> members = invoices.stream()
                .collect(Collectors.groupingBy(Invoice::customer, LinkedHashMap::new, Collectors.toList()));
        List<Task> tasks = new ArrayList<>();
        members.forEach((member, bought) -> {
            Card card = cards.computeIfAbsent(member, m -> scheme.card.get());
            List<Boolean> pays = bought.stream()
                    .map(invoice -> purchases.merge(member, 1, Integer::sum) % PAY_EVERY == 0)
                    .toList();
            tasks.add(() -> shop(day, member, card, bought, pays));
        });
        all(tasks, tills);
    }

    private void all(List<Task> tasks, ExecutorService tills) {
        CompletableFuture.allOf(tasks.stream()
                        .map(task -> CompletableFuture.runAsync(() -> attempt(task), tills))
                        .toArray(CompletableFuture[]::new))
                .join();
    }

    private void attempt(Task task) {
        try {
            task.run();
        } catch (Exception e) {
            mistakes.add(e.toString());
        }
    }

    private void shop(LocalDate day, String member, Card card, List<Invoice> bought, List<Boolean> pays)
            throws InterruptedException {
        for (int i = 0; i < bought.size(); i++) {
            Invoice invoice = bought.get(i);
            BigDecimal iced = invoice.number().hashCode() % 2 == 0
                    ? invoice.amount().divide(BigDecimal.valueOf(2), 2, RoundingMode.DOWN)
                    : BigDecimal.ZERO;
            long points = card.buy(day, invoice.amount(), iced);
            call(day, member, card, "earn", invoice.number(), purchase(invoice, iced), points);
            long cost = pays.get(i) ? card.pay(day) : 0;
            if (cost > 0) {
                paid.addAndGet(cost);
                call(day, member, card, "redeem", "r-" + invoice.number(), scheme.payment, -cost);
            }
        }
    }

    private String purchase(Invoice invoice, BigDecimal iced) {
        String items = iced.signum() == 0
                ? ""
                : ",\"items\":[{\"categories\":[\"iced\"],\"amount\":\"" + iced.toPlainString() + "\"}]";
        return "{\"amount\":\"" + invoice.amount().toPlainString() + "\",\"currency\":\"" + scheme.currency + "\""
                + items + "}";
    }

    private void call(LocalDate day, String member, Card card, String type, String key, String body, long points)
            throws InterruptedException {
        Client.Answer answer = client.post(member + "/" + type, key, body);
        JsonNode told = answer.body();
        if (answer.status() != 201
                || told.path("points").asLong(Long.MIN_VALUE) != points
                || told.path("balance").path("available").asLong(-1) != card.available(day)) {
            mistakes.add("%s of %s on %s: %d points and %d available expected, not %s"
                    .formatted(type, member, day, points, card.available(day), answer));
        }
    }

    private void compare(String member, Card card, LocalDate day) throws Exception {
        JsonNode told = client.get(member).body();
        Map<String, Object> expected = new LinkedHashMap<>();
        expected.put("available", card.available(day));
        expected.put("lifetimeEarned", card.earned());
        expected.put("debt", 0L);
        Map<String, Object> tier = new LinkedHashMap<>();
        tier.put("id", card.tier(day).id());
        tier.put(
                "until",
                card.tier(day).until() == null ? null : card.tier(day).until().toString());
        expected.put("tier", tier);
        expected.put("measures", Map.of(scheme.measure, card.measure(day)));
        for (Map.Entry<String, Object> field : expected.entrySet()) {
            JsonNode value = json.valueToTree(field.getValue());
            JsonNode there = told.path(field.getKey());
            if (field.getKey().equals("tier")) {
                there = json.createObjectNode()
                        .<com.fasterxml.jackson.databind.node.ObjectNode>set("id", there.path("id"))
                        .set("until", there.path("until"));
            }
            if (!json.readTree(value.toString()).equals(json.readTree(there.toString()))) {
                mistakes.add("%s of %s: %s expected, not %s".formatted(field.getKey(), member, value, told));
            }
        }
    }
}
