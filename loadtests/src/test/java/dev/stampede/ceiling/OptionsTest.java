package dev.stampede.ceiling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {
    private static final Path DIRECTORY = Path.of("/somewhere/loadtests/ceiling");

    @TempDir
    private Path builds;

    private String a;
    private String b;

    @BeforeEach
    void buildBoth() throws IOException {
        a = Files.createFile(builds.resolve("a.jar")).toString();
        b = Files.createFile(builds.resolve("b.jar")).toString();
    }

    @Test
    void hasDefaults() {
        Options options = of();
        assertEquals("ceilings", options.mode);
        assertEquals(List.of(5, 5, 20), List.of(options.rounds, options.seconds, options.warm));
        assertEquals(List.of(10_000, 64, 28_080), List.of(options.accounts, options.connections, options.port));
        assertEquals(5_000_000, options.scaleAccounts);
        assertEquals(100_000, options.coldAccounts);
        assertEquals(Path.of("/somewhere/target/quarkus-app/quarkus-run.jar"), options.jar);
        assertEquals(Path.of("/somewhere/loadtests/results/ceiling.md"), options.out);
        assertEquals(DIRECTORY.resolve("target"), options.data);
        assertTrue(options.build);
        assertFalse(options.jarGiven || options.compares() || options.swap || options.offline || options.keep);
    }

    @Test
    void takesModeAndValues() {
        Options options = of("--rounds", "3", "scale", "--java", "-Xmx1g", "--java", "-Xms1g", "--cells", "seal");
        assertEquals(3, options.rounds);
        assertEquals("scale", options.mode);
        assertEquals(List.of("-Xmx1g", "-Xms1g"), options.java);
        assertTrue(options.cells.matcher("seal 64").find());
        assertFalse(options.cells.matcher("gateway earn").find());
        assertEquals(Path.of("/somewhere/loadtests/results/ceiling-scale.md"), options.out);
    }

    @Test
    void tellsWhatMakesADifference() {
        Options options = of(
                "--keep",
                "--offline",
                "--port",
                "1000",
                "--out",
                "x.md",
                "--jar-b",
                b,
                "--swap",
                "--cells",
                "gateway (e|h)");
        assertEquals(
                List.of("loadtests/ceiling/run", "--jar-b", "'" + b + "'", "--swap", "--cells", "'gateway (e|h)'"),
                options.told);
    }

    @Test
    void warmsLongerToCompare() {
        assertEquals(100, of("--jar-b", b).warm);
        assertEquals(7, of("--jar-b", b, "--warm", "7").warm);
    }

    @Test
    void aComparisonIsNotPublished() {
        assertEquals(Path.of("/somewhere/loadtests/ceiling/target/compared.md"), of("--jar-b", b).out);
        assertEquals(Path.of("x.md"), of("--jar-b", b, "--out", "x.md").out);
    }

    @Test
    void seesABuildComparedWithItself() throws IOException {
        assertTrue(of("--jar", a, "--jar-b", a).comparesWithItself());
        assertTrue(of("--jar", a, "--jar-b", builds + "/../" + builds.getFileName() + "/a.jar")
                .comparesWithItself());
        assertFalse(of("--jar", a, "--jar-b", b).comparesWithItself());
        assertFalse(of().comparesWithItself());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--rounds",
                "--rounds x",
                "--rounds 0",
                "--seconds -1",
                "--cells (",
                "--unknown 1",
                "unknown",
                "--help",
                "--accounts 511",
                "--swap",
                "--jar-b /no/such.jar"
            })
    void refuses(String line) {
        assertThrows(Trouble.class, () -> of(line.split(" ")));
    }

    @Test
    void comparesBuildsInNoOtherMode() {
        Trouble trouble = assertThrows(Trouble.class, () -> of("scale", "--jar-b", b));
        assertEquals("--jar-b has no cells in scale", trouble.getMessage());
    }

    private static Options of(String... args) {
        return Options.of(DIRECTORY, args);
    }
}
