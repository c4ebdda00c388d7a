package dev.stampede.support;

import io.quarkus.test.Mock;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;

/** The gateway's clock in {@code @QuarkusTest}s: the real one, unless a test shifts it. */
@Mock
@Singleton
public class TestClock implements InstantSource {
    private volatile long shiftMs;

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis());
    }

    @Override
    public long millis() {
        return Clock.systemUTC().millis() + shiftMs;
    }

    public void shift(long ms) {
        shiftMs = ms;
    }
}
