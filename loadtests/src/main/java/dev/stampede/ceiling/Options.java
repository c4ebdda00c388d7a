package dev.stampede.ceiling;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The command line. */
final class Options {
    private static final String USAGE = """
            usage: loadtests/ceiling/run [scale | cold | overload | gateways | retries | programs | budgets | snapshot |
                   live] [options]
              scale             a ledger of few accounts beside one of many, instead
              cold              earns while Redis is emptied, instead
              overload          half of the maximum, and twice, instead
              gateways          one account, and all of them, through one, two and three gateways, instead
              retries           one account, a twentieth of whose calls are late retries, instead
              programs          earns under loyalty programs beside those of a program of one rate, instead
              budgets           earns under a budget that all members share beside the same without, through one
                                gateway and through three, instead
              snapshot          earns under a budget while somebody holds an old snapshot of the ledger, instead
              live              earns and redeems while two watch Live, beside the same without, instead
              --rounds N        interleaved rounds (5)
              --seconds N       of a cell in a round (5)
              --warm N          seconds of load on each JVM before the first round (20; with --jar-b 100)
              --accounts N      over which load is spread (10000)
              --scale-accounts N  of the large ledger, with four operations each (5000000)
              --cold-accounts N (100000)
              --held N          seconds for which the snapshot is held; in all it takes 1.6 times that (600)
              --connections N   of wrk (64)
              --cells REGEX     only the cells in whose name this is found
              --jar FILE        a gateway's quarkus-run.jar, instead of building this one
              --jar-b FILE      a second gateway to compare with, on servers of its own: cells "B: gateway ..."
              --swap            measure twice, the second time with the places of the two gateways exchanged
              --java OPTION     for every JVM that is measured; can be repeated
              --no-build        use what was built before
              --offline         build with mvn -o
              --port N          the first of the ports (28080); management ports are 1000 above
              --data DIR        where data directories are made (loadtests/ceiling/target)
              --keep            leave the data and logs there
              --lock FILE       measure only while holding it (flock), and let others have it between rounds
              --out FILE        the report (loadtests/results/ceiling.md, ceiling-scale.md and so on;
                                with --jar-b loadtests/ceiling/target/compared.md)""";

    private static final int LEAST_ACCOUNTS = 512;
    private static final int WARM = 20;

    /** With less, the compiler still takes a good part of the CPU while two builds are compared. */
    private static final int WARM_TO_COMPARE = 100;

    /** They change nothing that the numbers depend on. */
    private static final Set<String> NOT_TOLD =
            Set.of("--no-build", "--offline", "--keep", "--port", "--data", "--lock", "--out");

    /** Where the scripts are: loadtests/ceiling. */
    final Path directory;

    int rounds = 5;
    int seconds = 5;
    int warm;
    String mode = "ceilings";
    int accounts = 10_000;
    long scaleAccounts = 5_000_000;
    long coldAccounts = 100_000;
    int held = 600;
    int connections = 64;
    int port = 28_080;
    Pattern cells = Pattern.compile("");
    Path jar;
    Path jarB;
    Path data;
    Path lock;
    Path out;
    final List<String> java = new ArrayList<>();
    boolean jarGiven;
    boolean build = true;
    boolean offline;
    boolean keep;
    boolean swap;

    /** The command, without what makes no difference to the numbers. */
    final List<String> told = new ArrayList<>(List.of("loadtests/ceiling/run"));

    private Options(Path directory) {
        this.directory = directory;
        this.jar = directory.resolve("../../target/quarkus-app/quarkus-run.jar").normalize();
        this.data = directory.resolve("target");
    }

    static Options of(Path directory, String... args) {
        Options o = new Options(directory);
        for (int i = 0; i < args.length; i++) {
            String name = args[i];
            if (o.isWord(name)) {
                o.tell(name, name);
            } else if (i + 1 == args.length) {
                throw new Trouble(USAGE);
            } else {
                String value = args[++i];
                o.set(name, value);
                o.tell(name, name, value.matches("[\\w.:=-]*") ? value : "'" + value + "'");
            }
        }
        o.complete();
        return o;
    }

    /** Two builds are compared. */
    boolean compares() {
        return jarB != null;
    }

    /** What is compared is one build with itself. */
    boolean comparesWithItself() throws IOException {
        return compares() && Files.isSameFile(jar, jarB);
    }

    private boolean isWord(String name) {
        switch (name) {
            case "scale", "cold", "overload", "gateways", "retries", "programs", "budgets", "snapshot", "live" ->
                mode = name;
            case "--no-build" -> build = false;
            case "--offline" -> offline = true;
            case "--keep" -> keep = true;
            case "--swap" -> swap = true;
            case "--help" -> throw new Trouble(USAGE);
            default -> {
                return false;
            }
        }
        return true;
    }

    private void set(String name, String value) {
        try {
            switch (name) {
                case "--rounds" -> rounds = positive(value);
                case "--seconds" -> seconds = positive(value);
                case "--warm" -> warm = positive(value);
                case "--accounts" -> accounts = positive(value);
                case "--scale-accounts" -> scaleAccounts = positive(value);
                case "--cold-accounts" -> coldAccounts = positive(value);
                case "--held" -> held = positive(value);
                case "--connections" -> connections = positive(value);
                case "--port" -> port = positive(value);
                case "--cells" -> cells = Pattern.compile(value);
                case "--jar" -> {
                    jar = existing(name, value);
                    jarGiven = true;
                }
                case "--jar-b" -> jarB = existing(name, value);
                case "--java" -> java.add(value);
                case "--data" -> data = Path.of(value).toAbsolutePath();
                case "--lock" -> lock = Path.of(value);
                case "--out" -> out = Path.of(value);
                default -> throw new Trouble(USAGE);
            }
        } catch (IllegalArgumentException e) {
            throw new Trouble(name + " " + value + "?\n" + USAGE);
        }
    }

    private static int positive(String value) {
        int number = Integer.parseInt(value);
        if (number < 1) {
            throw new IllegalArgumentException(value);
        }
        return number;
    }

    private static Path existing(String name, String value) {
        Path file = Path.of(value).toAbsolutePath();
        if (!Files.isRegularFile(file)) {
            throw new Trouble(name + " " + value + ": there is no such file");
        }
        return file;
    }

    private void tell(String name, String... words) {
        if (!NOT_TOLD.contains(name)) {
            told.addAll(List.of(words));
        }
    }

    private void complete() {
        if (accounts < LEAST_ACCOUNTS) {
            throw new Trouble("--accounts must be " + LEAST_ACCOUNTS
                    + " or more: a batch of the cell seal 256 has no account twice, on either of two connections");
        }
        if (compares() && !mode.equals("ceilings")) {
            throw new Trouble("--jar-b has no cells in " + mode);
        }
        if (swap && !compares()) {
            throw new Trouble("--swap exchanges two builds: name the second one with --jar-b");
        }
        if (warm == 0) {
            warm = compares() ? WARM_TO_COMPARE : WARM;
        }
        if (out == null && compares()) {
            out = directory.resolve("target").resolve("compared.md"); // not what is published
        } else if (out == null) {
            out = directory
                    .resolveSibling("results")
                    .resolve(mode.equals("ceilings") ? "ceiling.md" : "ceiling-" + mode + ".md");
        }
    }
}
