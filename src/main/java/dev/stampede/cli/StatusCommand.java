package dev.stampede.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "status",
        description = "How a gateway is. Exits with 1 if it does not reach Postgres or Redis, or refuses writes.")
final class StatusCommand implements Callable<Integer> {
    @Mixin
    @SuppressWarnings("NullAway.Init") // the library fills it
    private Session session;

    @Override
    public Integer call() {
        JsonNode status = session.get("/v1/status");
        session.out()
                .object(
                        status,
                        "version",
                        "gatewaysAlive",
                        "postgresUp",
                        "redisUp",
                        "breakerOpen",
                        "inFlight",
                        "sealQueue",
                        "sealLagP99Ms",
                        "clockOffsetMs",
                        "keysAgeSeconds",
                        "at");
        return status.path("postgresUp").asBoolean()
                        && status.path("redisUp").asBoolean()
                        && !status.path("breakerOpen").asBoolean()
                ? Exit.YES
                : Exit.NO;
    }
}
