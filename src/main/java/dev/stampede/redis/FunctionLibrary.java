package dev.stampede.redis;

import io.vertx.redis.client.impl.types.ErrorType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A library of Redis functions in Lua, under names that carry its content's hash: versions of it live side by side in
 * one Redis, and each gateway calls its own. It is written in parts, which are joined to one text. Redis counts the
 * lines of that text; {@link #located} says which part's they are.
 */
public final class FunctionLibrary {
    /** A line, as Redis names it in its errors. */
    private static final Pattern LINE = Pattern.compile("@?user_function:([0-9]{1,6})\\b");

    private final String source;
    private final String hash;
    /** Of each line, the part that it is in, and which one it is there: "lua/10-json.lua:7". */
    private final List<String> lines = new ArrayList<>();

    /**
     * @param directory of the parts, on the class path
     * @param parts their files; one sees what those before it define. {@code @hash@} in them becomes the hash.
     */
    public FunctionLibrary(String directory, List<String> parts) {
        StringBuilder joined = new StringBuilder();
        for (String part : parts) {
            String text = read(directory + '/' + part);
            long length = text.lines().count();
            for (int line = 1; line <= length; line++) {
                lines.add(directory + '/' + part + ':' + line);
            }
            joined.append(text);
        }
        String template = joined.toString();
        hash = hash(template);
        source = template.replace("@hash@", hash);
    }

    /** The whole text, as Redis loads it. */
    public String source() {
        return source;
    }

    /** Under which name one of its functions is called. */
    public String nameOf(String function) {
        return function + '_' + hash;
    }

    /** What Redis said, with a part and its line in place of each line of the whole. */
    public String located(String message) {
        return LINE.matcher(message).replaceAll(found -> {
            int line = Integer.parseInt(found.group(1));
            return line >= 1 && line <= lines.size() ? lines.get(line - 1) : found.group();
        });
    }

    /** The same for an error that Redis answered; anything else stays as it is. */
    Throwable located(Throwable error) {
        if (!(error instanceof ErrorType) || error.getMessage() == null) {
            return error;
        }
        String message = located(error.getMessage());
        return message.equals(error.getMessage()) ? error : ErrorType.create(message);
    }

    /** What a call answers when Redis has lost the library. */
    public static boolean isMissing(Throwable error) {
        return error.getMessage() != null && error.getMessage().contains("Function not found");
    }

    /** Somebody else has loaded it: just as well. */
    static boolean isLoadedAlready(Throwable error) {
        return error.getMessage() != null && error.getMessage().contains("already exists");
    }

    /** There is no memory for it now: it is loaded when it is needed, and what frees memory needs no memory. */
    static boolean isOutOfMemory(Throwable error) {
        return error.getMessage() != null && error.getMessage().startsWith("OOM");
    }

    private static String read(String part) {
        try (InputStream in = FunctionLibrary.class.getResourceAsStream("/" + part)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }
}
