package dev.stampede.http;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** The bounds of the HTTP layer. */
@ConfigMapping(prefix = "stampede.http")
public interface HttpConfig {
    /** Writing calls per second for one account at this gateway, with bursts of as many; 0: no limit. */
    @WithDefault("0")
    int rateLimit();

    /** Accounts whose rate is remembered; beyond it the least used are forgotten. */
    @WithDefault("100000")
    int rateLimitAccounts();
}
