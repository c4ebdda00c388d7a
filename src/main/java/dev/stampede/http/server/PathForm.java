package dev.stampede.http.server;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The normal form of a path, as a lenient server or proxy might read it: without matrix parameters, needless
 * percent-encoding, empty segments and dot segments. Only for refusals: a path that is not in this form is not served.
 */
final class PathForm {
    private PathForm() {}

    /** Whether a path that begins with a slash is so already; a path that may not be is put into its form. */
    static boolean isNormal(String path) {
        return path.startsWith("/")
                && path.indexOf(';') < 0
                && path.indexOf('%') < 0
                && path.indexOf('\\') < 0
                && !path.contains("//")
                && !path.contains("/.")
                && (path.length() == 1 || !path.endsWith("/"));
    }

    static String normal(String path) {
        Deque<String> segments = new ArrayDeque<>();
        for (String segment : decoded(path).replace('\\', '/').split("/")) {
            int parameters = segment.indexOf(';');
            String name = parameters < 0 ? segment : segment.substring(0, parameters);
            if (name.equals("..")) {
                segments.pollLast();
            } else if (!name.isEmpty() && !name.equals(".")) {
                segments.addLast(name);
            }
        }
        return "/" + String.join("/", segments);
    }

    /** Decodes ASCII; all else stays as it is, and is in no template. */
    private static String decoded(String path) {
        StringBuilder decoded = new StringBuilder(path.length());
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            int high = c == '%' && i + 2 < path.length() ? Character.digit(path.charAt(i + 1), 16) : -1;
            int low = high >= 0 ? Character.digit(path.charAt(i + 2), 16) : -1;
            if (low >= 0 && high < 8) {
                decoded.append((char) (high * 16 + low));
                i += 2;
            } else {
                decoded.append(c);
            }
        }
        return decoded.toString();
    }
}
