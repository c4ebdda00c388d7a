package dev.stampede.replay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** What somebody bought at once. */
record Invoice(String number, LocalDate date, String customer, BigDecimal amount) {

    private static final String HEADER = "invoice,date,customer,amount_gbp";
    private static final LocalDate FIRST_DAY = LocalDate.of(2010, 12, 1);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    /** One point per whole unit of money. */
    long points() {
        return amount.setScale(0, RoundingMode.DOWN).longValueExact();
    }

    /** The invoices of a CSV file with the columns {@value #HEADER}, in its order. */
    static List<Invoice> read(Path file) {
        try {
            List<String> lines = Files.readAllLines(file);
            if (lines.isEmpty() || !lines.get(0).strip().equals(HEADER)) {
                throw new IllegalArgumentException(file + " does not begin with " + HEADER);
            }
            List<Invoice> invoices = new ArrayList<>();
            for (int i = 1; i < lines.size(); i++) {
                String[] columns = lines.get(i).strip().split(",", -1);
                if (columns.length != 4
                        || !NAME.matcher(columns[0]).matches()
                        || !NAME.matcher(columns[2]).matches()) {
                    throw new IllegalArgumentException(file + ", line " + (i + 1) + ": " + lines.get(i));
                }
                invoices.add(
                        new Invoice(columns[0], LocalDate.parse(columns[1]), columns[2], new BigDecimal(columns[3])));
            }
            if (invoices.isEmpty()) {
                throw new IllegalArgumentException(file + " has no invoices");
            }
            return invoices;
        } catch (IOException e) {
            throw new UncheckedIOException("reading invoices", e);
        }
    }

    /**
     * Invoices of a year as a shop has them, the same for the same seed: most customers come once or twice and a few
     * all the time, most amounts are a few hundred, some a hundred times that, and one in a hundred is less than one.
     */
    static List<Invoice> generate(int count, long seed) {
        Random random = new Random(seed);
        int customers = Math.max(1, count / 4);
        TreeMap<Double, Integer> shares = new TreeMap<>();
        double sum = 0;
        for (int rank = 1; rank <= customers; rank++) {
            shares.put(sum, rank);
            sum += Math.pow(rank, -0.8);
        }
        List<Invoice> invoices = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int rank = shares.floorEntry(random.nextDouble() * sum).getValue();
            double amount = random.nextInt(100) == 0
                    ? 0.01 + 0.98 * random.nextDouble()
                    : 1 + 300 * Math.exp(1.2 * random.nextGaussian());
            invoices.add(new Invoice(
                    String.valueOf(500_000 + i),
                    FIRST_DAY.plusDays(365L * i / count),
                    String.valueOf(10_000 + rank),
                    new BigDecimal(String.format(Locale.ROOT, "%.2f", amount))));
        }
        return invoices;
    }
}
