package dev.stampede.support;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.flywaydb.core.Flyway;

/**
 * A release that comes after this one, made of this one's packaged jar and sources: earns from the channel "star" are
 * gifts, an operation of their own, of which an account gets two. So it has an operation type, a field of the image,
 * one of the answers' detail and a refusal that this release does not know; and it writes them at once, without a
 * release between that only reads them. What it stores so is of format 4.
 */
public final class NextRelease {
    private static final Path SOURCES = Path.of("src/main/java/dev/stampede");

    /** What it does differently: a file, what is there, and what is there instead. */
    private static final List<List<String>> CHANGES = List.of(
            List.of("account/UnreadableForm.java", "READS = 3;", "READS = 4;"),
            List.of("account/Image.java", "FORMAT = \"3\";", "FORMAT = \"4\";"),
            List.of(
                    "account/Image.java",
                    "case \"expired\" ->",
                    "case \"stars\" -> json.nextToken(); case \"expired\" ->"),
            List.of("account/OperationType.java", "TOMBSTONE;", "TOMBSTONE, GIFT;"),
            List.of(
                    "account/Operation.java",
                    "return OperationType.EARN;",
                    "return receipt.text() != null && receipt.text().contains(\"\\\"channel\\\":\\\"star\\\"\")"
                            + " ? OperationType.GIFT : OperationType.EARN;"),
            List.of("account/OperationText.java", "case EARN ->", "case EARN, GIFT ->"),
            List.of(
                    "account/ProposalCheck.java",
                    "case \"redeem\" ->",
                    "case \"gift\" -> available >= 0; case \"redeem\" ->"),
            List.of("points/Refusal.java", "INSUFFICIENT_POINTS;", "INSUFFICIENT_POINTS, TOO_MANY_STARS;"),
            List.of(
                    "http/problem/ProblemCode.java",
                    "INTERNAL(500,",
                    "TOO_MANY_STARS(409, \"The account has its stars\"), INTERNAL(500,"),
            List.of(
                    "account/Receipt.java",
                    "List<String> moneyMeasures,\n            @Nullable String usedBy) {",
                    "List<String> moneyMeasures, @Nullable String usedBy, String campaign) {"
                            + " public Contents(String channel, String partner, String store, String action,"
                            + " String note, String reason, String text, String occurredAt, String amount,"
                            + " String currency,"
                            + " List<Reason> explanation, List<Item> items, String availableOn, By by,"
                            + " List<String> moneyMeasures, String usedBy) { this(channel, partner, store, action,"
                            + " note, reason, text, occurredAt, amount, currency, explanation, items, availableOn, by,"
                            + " moneyMeasures, usedBy,"
                            + " \"star\".equals(channel) ? \"spring\" : null); }"),
            List.of(
                    "account/Proposal.java",
                    "return (short) (image.member()",
                    "return (short) (image.text().contains(\"\\\"stars\\\"\") ? 4 : image.member()"),
            List.of("seal/Batch.java", "FROM seal_4(", "FROM seal_5("));

    /** The same for the parts of the Lua library. */
    private static final List<List<String>> LUA_CHANGES = List.of(
            List.of("10-json.lua", "\"holds\":%s%s%s%s%s%s}'", "\"holds\":%s%s%s%s%s%s%s}'"),
            List.of(
                    "10-json.lua",
                    "a.attributes and ',\"attributes\":\"' .. a.attributes .. '\"' or '',",
                    "a.attributes and ',\"attributes\":\"' .. a.attributes .. '\"' or '',"
                            + " a.stars and ',\"stars\":' .. int(a.stars) or '',"),
            List.of("40-decide.lua", "function decide.redeem(s)", """
                    function decide.gift(s)
                      local a, op = s.a, s.op
                      if a.stars == 2 then
                        return 'too_many_stars'
                      end
                      a.stars = (a.stars or 0) + 1
                      s.d.created = not a.enrolled
                      a.enrolled = true
                      a.lifetime = a.lifetime + op.points
                      arrive(a, s.entries, 'gift', {available = op.points}, {{op.on, op.points}})
                    end

                    function decide.redeem(s)"""));

    private NextRelease() {}

    /** Its quarkus-run.jar, in that directory. */
    public static Path make(Path directory) throws IOException {
        Path packaged = Path.of(System.getProperty("stampede.jar")).getParent();
        try (Stream<Path> files = Files.walk(packaged)) {
            for (Path file : files.toList()) {
                Files.copy(file, directory.resolve(packaged.relativize(file)));
            }
        }
        Path jar = only(directory.resolve("app"));
        Path classes = Files.createDirectory(directory.resolve("changed"));
        compile(changed(directory.resolve("sources")), classes, jar, directory.resolve("lib"));
        try (FileSystem inside = FileSystems.newFileSystem(jar);
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path there =
                        inside.getPath("/").resolve(classes.relativize(file).toString());
                assertTrue(Files.exists(there), there::toString);
                Files.copy(file, there, StandardCopyOption.REPLACE_EXISTING);
            }
            for (List<String> change : LUA_CHANGES) {
                Path part = inside.getPath("/lua", change.get(0));
                Files.writeString(part, replaced(Files.readString(part), change.get(1), change.get(2)));
            }
        }
        return directory.resolve("quarkus-run.jar");
    }

    private static Path only(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> all =
                    files.filter(file -> file.toString().endsWith(".jar")).toList();
            assertEquals(1, all.size());
            return all.get(0);
        }
    }

    /** All of them: a constant is copied into whatever uses it. */
    private static List<Path> changed(Path directory) throws IOException {
        List<Path> all;
        try (Stream<Path> files = Files.walk(SOURCES)) {
            all = files.filter(file -> file.toString().endsWith(".java")).toList();
        }
        List<Path> written = new ArrayList<>();
        for (Path file : all) {
            String name = SOURCES.relativize(file).toString();
            String text = Files.readString(file);
            for (List<String> change : CHANGES) {
                if (change.get(0).equals(name)) {
                    text = replaced(text, change.get(1), change.get(2));
                }
            }
            Path there = directory.resolve(name);
            Files.createDirectories(there.getParent());
            written.add(Files.writeString(there, text));
        }
        return written;
    }

    private static String replaced(String text, String there, String instead) {
        assertTrue(text.contains(there), () -> "not there any more: " + there);
        return text.replace(there, instead);
    }

    private static void compile(List<Path> sources, Path classes, Path jar, Path libraries) throws IOException {
        String path;
        try (Stream<Path> files = Files.walk(libraries)) {
            path = Stream.concat(
                            Stream.of(jar), files.filter(file -> file.toString().endsWith(".jar")))
                    .map(Path::toString)
                    .collect(Collectors.joining(System.getProperty("path.separator")));
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        boolean compiled = compiler.getTask(
                        said,
                        null,
                        null,
                        List.of(
                                "-proc:none",
                                "-parameters",
                                "-nowarn",
                                "--release",
                                "17",
                                "-cp",
                                path,
                                "-d",
                                classes.toString()),
                        null,
                        compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)
                                .getJavaFileObjectsFromPaths(sources))
                .call();
        assertTrue(compiled, said::toString);
    }

    /** As its migrations would: columns more, and a function of another name. */
    public static void migrate(String url, String owner, String password, Path migrations) throws IOException {
        String seal = Files.readString(Path.of("src/main/resources/db/functions/seal_4.sql"));
        seal = replaced(seal, "FUNCTION seal_4(", "FUNCTION seal_5(");
        Files.createDirectory(migrations);
        Files.writeString(
                migrations.resolve("V900__the_next_release.sql"),
                "ALTER TABLE program ADD COLUMN of_the_next_release text;"
                        + " ALTER TABLE account ADD COLUMN of_the_next_release text;\n" + seal
                        + " REVOKE EXECUTE ON FUNCTION seal_5 FROM PUBLIC;"
                        + " GRANT EXECUTE ON FUNCTION seal_5 TO stampede_gateway;");
        Flyway.configure()
                .dataSource(url, owner, password)
                .locations("classpath:db/migration", "filesystem:" + migrations)
                .load()
                .migrate();
    }
}
