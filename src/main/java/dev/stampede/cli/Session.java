package dev.stampede.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Reader;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The options of every command that calls a gateway, and the calls. What no option says is taken from the environment
 * ({@code STAMPEDE_URL}), then from the file {@code ~/.config/stampede/config.properties} ({@code url=}).
 */
public final class Session {
    static final ObjectMapper JSON = new ObjectMapper();

    private static final String DEFAULT_URL = "http://localhost:8080";
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final int PAGE = 100;
    static final String IDEMPOTENCY_KEY = "[!-~]{1,255}";

    private final Terminal terminal;

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "The gateway. Also STAMPEDE_URL; without it " + DEFAULT_URL)
    private @Nullable String url;

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description = "The API key. Others on this machine can see it here: better STAMPEDE_KEY. Without it, for a"
                    + " gateway on this machine, that of ./data/demo.key")
    private @Nullable String key;

    @Option(names = "--program", paramLabel = "PROGRAM", description = "The program's id. Also STAMPEDE_PROGRAM")
    private @Nullable String program;

    @Option(
            names = "--profile",
            paramLabel = "NAME",
            description = "Which lines of ~/.config/stampede/config.properties hold: NAME.url, NAME.key and"
                    + " NAME.program. Also STAMPEDE_PROFILE; without it url, key and program")
    private @Nullable String profile;

    @Mixin
    private OutputOptions output;

    @Option(names = "--curl", description = "Prints the call for a shell, without the key, and does not make it")
    private boolean curl;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "30",
            description = "For how long a call is repeated that gets no answer; without it 30")
    private int timeout;

    private @Nullable Client client;

    Session(Terminal terminal) {
        this.terminal = terminal;
        this.output = new OutputOptions(terminal);
    }

    public Terminal terminal() {
        return terminal;
    }

    public Output out() {
        return output.out();
    }

    public boolean isJson() {
        return output.isJson();
    }

    public boolean isCurl() {
        return curl;
    }

    public PrintWriter err() {
        return terminal.err();
    }

    /** @throws Failure if nobody has said which */
    public String program() {
        String said = programIfSaid();
        if (said == null) {
            throw new Failure(
                    Exit.UNCLEAR,
                    "Which program? Say --program, or set STAMPEDE_PROGRAM; \"stampede program list\" names them.");
        }
        return said;
    }

    public @Nullable String programIfSaid() {
        return setting("program", program);
    }

    // --- calls ---

    /** The path of something of the program. */
    public String ofProgram(String... segments) {
        return pathOf(program(), segments);
    }

    static String pathOf(String program, String... segments) {
        StringBuilder path = new StringBuilder("/v1/programs/").append(encoded(program));
        for (String segment : segments) {
            path.append('/').append(encoded(segment));
        }
        return path.toString();
    }

    /** Adds a query: names and values in turn. Those that are null are left out. */
    public static String query(String path, @Nullable Object... namesAndValues) {
        StringBuilder query = new StringBuilder(path);
        char before = '?';
        for (int i = 0; i < namesAndValues.length; i += 2) {
            if (namesAndValues[i + 1] != null) {
                query.append(before)
                        .append(namesAndValues[i])
                        .append('=')
                        .append(encoded(String.valueOf(namesAndValues[i + 1])));
                before = '&';
            }
        }
        return query.toString();
    }

    private static String encoded(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }

    JsonNode get(String path) {
        return send(Call.get(path));
    }

    /** The first so many of a list that comes in pages. */
    public List<JsonNode> pages(String path, int limit) {
        List<JsonNode> found = new ArrayList<>();
        String cursor = null;
        do {
            int ask = Math.min(PAGE, limit - found.size());
            String next = path + (path.indexOf('?') < 0 ? "?" : "&") + "limit=" + ask;
            JsonNode page = get(cursor == null ? next : next + "&cursor=" + encoded(cursor));
            page.path("items").forEach(found::add);
            cursor = page.path("cursor").isTextual() ? page.path("cursor").asText() : null;
        } while (cursor != null && found.size() < limit);
        return found;
    }

    /** A call that has no {@code Idempotency-Key}. */
    public JsonNode send(String method, String path, @Nullable ObjectNode body) {
        return send(new Call(method, path, body == null ? null : body.toString(), null));
    }

    /**
     * A call that takes effect once, however often it is sent.
     *
     * @param said the key; null: a new one, which is told before the call is made
     */
    JsonNode once(String path, ObjectNode body, @Nullable String said) {
        String once = said == null ? "cli-" + UUID.randomUUID() : said;
        if (!once.matches(IDEMPOTENCY_KEY)) {
            throw new Failure(Exit.UNCLEAR, "An Idempotency-Key has 1 to 255 visible ASCII characters.");
        }
        if (said == null && !curl) {
            err().println("Idempotency-Key: " + once);
        }
        return send(new Call("POST", path, body.toString(), once));
    }

    public void delete(String path) {
        JsonNode unused = send("DELETE", path, null); // there is none
    }

    JsonNode send(Call call) {
        show(call);
        return client().send(call).body();
    }

    /** A call that changes nothing, made also where the one that changes something is only to be printed. */
    JsonNode read(Call call) {
        return client().send(call).body();
    }

    JsonNode read(String path) {
        return read(Call.get(path));
    }

    /** Ends the command if its call is only to be printed. */
    void show(Call call) {
        if (curl) {
            terminal.out().println(call.curl(url()));
            terminal.out().flush();
            throw new Failure(Exit.YES, "");
        }
    }

    Client client() {
        Client made = client;
        if (made == null) {
            if (timeout < 1 || timeout > 3600) {
                throw new Failure(Exit.UNCLEAR, "--timeout is from 1 to 3600 seconds.");
            }
            made = new Client(url(), key(), Duration.ofSeconds(timeout));
            client = made;
        }
        return made;
    }

    Duration patience() {
        return Duration.ofSeconds(timeout);
    }

    public static ObjectNode body() {
        return JSON.createObjectNode();
    }

    // --- what no option says ---

    private String url() {
        String said = setting("url", url);
        String text = said == null ? DEFAULT_URL : said.replaceFirst("/+$", "");
        try {
            URI uri = URI.create(text);
            if (uri.getHost() != null && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
                return text;
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        throw new Failure(Exit.UNCLEAR, "The URL of a gateway looks like " + DEFAULT_URL + ".");
    }

    private @Nullable String key() {
        String said = setting("key", key);
        if (said == null && LOOPBACK.contains(URI.create(url()).getHost())) {
            said = demoKey();
        }
        if (said != null && !said.matches("[!-~]+")) {
            throw new Failure(Exit.UNCLEAR, "The API key is not the text of one."); // which is not told
        }
        return said;
    }

    private @Nullable String demoKey() {
        Path file = terminal.directory().resolve("data").resolve("demo.key");
        try {
            return Files.isReadable(file) ? Files.readString(file).strip() : null;
        } catch (IOException e) {
            throw new Failure(Exit.UNCLEAR, file + " cannot be read: " + e);
        }
    }

    private @Nullable String setting(String name, @Nullable String option) {
        if (option != null) {
            return option;
        }
        String variable = variable(name);
        return variable != null ? variable : ofFile(name);
    }

    private @Nullable String variable(String name) {
        String value = terminal.environment().get("STAMPEDE_" + name.toUpperCase(Locale.ROOT));
        return value == null || value.isBlank() ? null : value.strip();
    }

    private @Nullable String ofFile(String name) {
        String lines = profile != null ? profile : variable("profile");
        Properties properties = new Properties();
        Path file = file();
        if (file != null && Files.exists(file)) {
            try (Reader reader = Files.newBufferedReader(file)) {
                properties.load(reader);
            } catch (IOException | IllegalArgumentException e) {
                throw new Failure(Exit.UNCLEAR, file + " cannot be read: " + e);
            }
        }
        if (lines != null
                && properties.stringPropertyNames().stream().noneMatch(each -> each.startsWith(lines + "."))) {
            throw new Failure(Exit.UNCLEAR, "There is no profile " + lines + " in " + file + ".");
        }
        String value = properties.getProperty(lines == null ? name : lines + "." + name);
        return value == null || value.isBlank() ? null : value.strip();
    }

    private @Nullable Path file() {
        String configuration = terminal.environment().get("XDG_CONFIG_HOME");
        String home = terminal.environment().get("HOME");
        if (configuration == null || configuration.isEmpty()) {
            if (home == null || home.isEmpty()) {
                return null;
            }
            configuration = home + "/.config";
        }
        return Path.of(configuration, "stampede", "config.properties");
    }
}
