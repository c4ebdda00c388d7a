package dev.stampede.load;

import java.security.SecureRandom;

/** Names what a run sends, so that it never meets what another one sent. */
record RunId(String text) {

    static RunId fresh() {
        long random = new SecureRandom().nextInt(36 * 36);
        return new RunId(Long.toString(System.currentTimeMillis(), 36) + Long.toString(random + 36 * 36, 36));
    }

    String account(int account) {
        return "load-" + text + "-" + account;
    }

    String key(long number) {
        return text + "-" + number;
    }

    /** Those of {@link #key} start with it, and no other's do. */
    String keyPrefix() {
        return text + "-";
    }
}
