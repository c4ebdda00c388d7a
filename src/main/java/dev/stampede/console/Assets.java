package dev.stampede.console;

import dev.stampede.http.ConsolePath;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The files that pages load: ours, and those of two libraries in their jars. Each has its hash in its path. */
@ApplicationScoped
class Assets {
    private static final String HTMX = "htmx.org";
    private static final String UPLOT = "uplot";
    private static final int HASH = 12;

    private final Map<String, Asset> byName = new TreeMap<>();

    record Asset(String hash, String mediaType, byte[] bytes) {}

    Assets() {
        add("console.css", "console/console.css");
        add("console.js", "console/console.js");
        add("htmx.js", webjar(HTMX, "dist/htmx.min.js"));
        add("uplot.js", webjar(UPLOT, "dist/uPlot.iife.min.js"));
        add("uplot.css", webjar(UPLOT, "dist/uPlot.min.css"));
    }

    private void add(String name, String resource) {
        byte[] bytes = read(resource);
        String type = name.endsWith(".css") ? "text/css;charset=UTF-8" : "text/javascript;charset=UTF-8";
        byName.put(name, new Asset(hash(bytes), type, bytes));
    }

    /** Null if there is no such file. */
    @Nullable
    Asset find(String hash, String name) {
        Asset asset = byName.get(name);
        return asset == null || !(asset.hash.equals(hash) || hash.equals(ConsolePath.NOW)) ? null : asset;
    }

    /** The path of each, by its name without the dot. */
    Map<String, String> paths() {
        Map<String, String> paths = new TreeMap<>();
        byName.forEach(
                (name, asset) -> paths.put(name.replace('.', '_'), "/console/assets/" + asset.hash + "/" + name));
        return paths;
    }

    /** The jar says which version it has. */
    private static String webjar(String name, String file) {
        Properties maven = new Properties();
        try (InputStream in = open("META-INF/maven/org.webjars.npm/" + name + "/pom.properties")) {
            maven.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return "META-INF/resources/webjars/" + name + "/" + maven.getProperty("version") + "/" + file;
    }

    static byte[] read(String resource) {
        try (InputStream in = open(resource)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream open(String resource) {
        InputStream in = Thread.currentThread().getContextClassLoader().getResourceAsStream(resource);
        if (in == null) {
            throw new IllegalStateException("not in the jar: " + resource);
        }
        return in;
    }

    private static String hash(byte[] bytes) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes))
                    .substring(0, HASH);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
